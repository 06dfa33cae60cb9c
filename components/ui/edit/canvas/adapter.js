// The one place that knows the inside of streamlit-drawable-canvas: its elements, classes and labels, and the events that
// its Fabric listens to. tests/browser/edit/test_canvas_contract.py checks each of these on the installed version.

const PARTS = {
  root: ".dc-root",
  scroll: ".dc-scroll",
  container: ".canvas-container", // Fabric's: the lower canvas, which is drawn on, and the upper one, which takes events
  surface: ".upper-canvas",
  toolbar: ".dc-toolbar",
  shapeTools: ".dc-toolbar-contextual", // what can be done with a selected shape
  button: ".dc-icon-button",
  separator: ".dc-toolbar-separator",
}
const LABELS = { update: "Update", edit: "Edit", delete: "Delete", undo: "Undo", redo: "Redo", reset: "Reset" } // beginnings
const POINTER_EVENTS = ["mousedown", "touchstart", "mousemove", "touchmove"]

const labeled = name => `[aria-label^="${LABELS[name]}"]`

function withhold(event) {
  event.stopPropagation()
  if (event.cancelable) event.preventDefault()
}

class CanvasAdapter {
  // Return the adapter of the canvas with this Streamlit key, or undefined until it is on the page.
  static find(key, current) {
    const host = document.querySelector(`.st-key-${CSS.escape(key)}`)
    const shadow = [...(host?.querySelectorAll("*") || [])].find(node => node.shadowRoot)?.shadowRoot
    const scroll = shadow?.querySelector(PARTS.scroll)
    if (!scroll) return undefined
    return scroll === current?.scroll ? current : new CanvasAdapter(shadow, scroll)
  }

  constructor(shadow, scroll) {
    this.scroll = scroll
    this.root = scroll.parentElement
    this.style = shadow.appendChild(document.createElement("style"))
    this.root.style.position = "relative"
    scroll.style.overflowX = "auto"
  }

  // Whether the canvas is still there. Streamlit removes it, and makes another, when a newer call of it overtook an older
  // one whose module was being imported: it cleans up after that one as if the element had gone.
  get isOnPage() {
    return this.scroll.isConnected
  }

  get container() {
    return this.scroll.querySelector(PARTS.container)
  }

  get surface() {
    return this.scroll.querySelector(PARTS.surface)
  }

  get content() {
    return this.scroll.firstElementChild
  }

  button(name) {
    return this.root.querySelector(`${PARTS.toolbar} ${labeled(name)}`)
  }

  // Whether shapes are moved and reshaped now, instead of drawn.
  get isReshaping() {
    return this.button("edit")?.ariaPressed === "true"
  }

  isShapeTool(node) {
    return Boolean(node.closest(PARTS.shapeTools))
  }

  // Send the drawing to Python at once: by itself the canvas waits a while.
  sendDrawing() {
    this.button("update")?.click()
  }

  // Drop a shape that is not closed yet: the canvas does so when it is asked to reshape.
  dropOpenShape() {
    for (let time = 0; time < 2; time += 1) this.button("edit").click()
  }

  // Click a point of the canvas, in CSS pixels from its corner.
  click({ x, y }) {
    const box = this.surface.getBoundingClientRect()
    const where = { bubbles: true, cancelable: true, composed: true, clientX: box.left + x, clientY: box.top + y }
    for (const name of ["mousedown", "mouseup"]) this.surface.dispatchEvent(new MouseEvent(name, where))
  }

  // Move the pressed mouse to a point of the canvas with Shift, which makes the stroke straight. Return the event.
  moveTo({ x, y }) {
    const box = this.surface.getBoundingClientRect()
    const where = { clientX: box.left + x, clientY: box.top + y, buttons: 1, shiftKey: true }
    const move = new MouseEvent("mousemove", { bubbles: true, cancelable: true, composed: true, ...where })
    this.surface.dispatchEvent(move)
    return move
  }

  // Return a copy of a touch event. It has the left button, which the canvas's shapes ask for.
  copyOfTouch(event, type = event.type) {
    const target = this.surface
    const touches = [...event.changedTouches].map(({ identifier, clientX, clientY, pageX, pageY, screenX, screenY }) =>
      new Touch({ identifier, target, clientX, clientY, pageX, pageY, screenX, screenY }))
    const lists = { touches, targetTouches: touches, changedTouches: touches }
    const copy = new TouchEvent(type, { bubbles: true, cancelable: true, composed: true, ...lists })
    return Object.defineProperty(copy, "button", { value: 0 })
  }

  // Give the canvas an event once more; `ends` makes it the end of its stroke.
  replay(event, ends = false) {
    const copy = event.touches
      ? this.copyOfTouch(event, ends ? "touchend" : event.type)
      : new MouseEvent(ends ? "mouseup" : event.type, event)
    this.surface.dispatchEvent(copy)
  }

  // Hide the buttons that the app has itself; keep those for moving and reshaping.
  setStyle({ cursor, filter }) {
    const own = ["update", "undo", "redo", "reset"].map(labeled).join(", ")
    this.style.textContent = `
      ${filter ? `${PARTS.container} { ${filter} }` : ""}
      ${PARTS.root}:not(:has([aria-pressed="true"])) ${PARTS.surface} { cursor: ${cursor} !important; }
      ${PARTS.root} { margin-top: 0.3rem; min-width: 20rem; }
      .hint { position: absolute; left: 0; top: -2rem; height: 1.8rem; width: calc(100% - 11rem); display: flex; align-items: center;
        font: 0.8rem/1.1 var(--st-font); color: color-mix(in srgb, var(--st-text-color) 70%, transparent); }
      ${PARTS.root} > ${PARTS.toolbar}, ${PARTS.root}:hover > ${PARTS.toolbar} { opacity: 1; top: -2.1rem; padding: 0; }
      ${PARTS.button} { gap: 0.35rem; font: 0.8rem var(--st-font); }
      ${PARTS.button}:is(${own}), ${PARTS.separator} { display: none; }
      ${PARTS.button}${labeled("edit")}::after { content: "Move and reshape"; }`
  }
}
