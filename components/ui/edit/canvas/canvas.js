// The easel stands beside the drawing canvas and adds what the canvas itself does not have: it tells Python how
// wide the column is, gives the brush a cursor of its true size, pans a zoomed picture with the space bar, the middle
// button or two fingers, tells every stroke at once, and loses none when the canvas is loaded anew.

const easels = new WeakMap()

// Tools whose shapes are whole only some clicks after the pointer went up.
const UNFINISHED = new Set(["polygon", "text"])

// A finger that has gone so far, in pixels, is alone and paints; until then a second one may come, and both pan.
const ALONE = 6

// What stands above the canvas: the navigation and the tools, in pixels.
const ABOVE = 270

// One turn of a wheel, or one stroke over a touchpad, is many events.
const WHEEL_MS = 350

const MOVING = "Click a shape to move, turn or stretch it."

function withhold(event) {
  event.stopPropagation()
  if (event.cancelable) event.preventDefault()
}

class Easel {
  constructor(root) {
    this.root = root
    this.pointers = new Map()
    this.observer = new ResizeObserver(() => this.measure())
    this.observer.observe(root)
    this.onResize = () => this.measure()
    window.addEventListener("resize", this.onResize)
    // The canvas is drawn after this component and again with every new picture.
    this.watcher = setInterval(() => this.attach(), 200)
    this.onKey = event => {
      pressed(this, event)
      // Space is the picture's while the pointer moves over it, and a button's again after another key.
      if (event.code !== "Space") this.over = false
      const typing = this.over ? /^(INPUT|TEXTAREA|SELECT)$/ : /^(INPUT|TEXTAREA|SELECT|BUTTON)$/
      if (event.code !== "Space" || typing.test(event.composedPath()[0].tagName)) return
      this.space = event.type === "keydown"
      if (this.over) {
        event.preventDefault()
        event.stopPropagation()
      }
      this.draw()
    }
    document.addEventListener("keydown", this.onKey, true)
    document.addEventListener("keyup", this.onKey, true)
    // A stroke may end outside the canvas.
    this.onUp = event => this.up(event)
    for (const name of ["pointerup", "pointercancel"]) window.addEventListener(name, this.onUp, true)
  }

  update({ data, setStateValue }) {
    const before = this.data
    this.data = data
    this.report = setStateValue
    this.steps ??= data.steps
    if (data.size !== before?.size) this.size = data.size
    if (data.loads !== before?.loads || data.tool !== before?.tool) this.corners?.forget()
    if (data.loads !== before?.loads) this.gesture?.repeat()
    this.attach()
    this.draw()
  }

  measure() {
    const width = Math.floor(this.root.getBoundingClientRect().width)
    const height = window.innerHeight - ABOVE
    clearTimeout(this.soon)
    this.soon = setTimeout(() => {
      // A phone's browser hides and shows its bar while one scrolls: that is no reason to resize what is drawn on.
      const isSame = this.sent && width === this.sent[0] && Math.abs(height - this.sent[1]) < 80
      if (width < 50 || isSame) return
      this.sent = [width, height]
      this.report("room", this.sent)
    }, 150)
  }

  attach() {
    const host = document.querySelector(`.st-key-${CSS.escape(this.data.canvas)}`)
    const shadow = [...(host?.querySelectorAll("*") || [])].find(one => one.shadowRoot)?.shadowRoot
    const scroll = shadow?.querySelector(".dc-scroll")
    if (!scroll || scroll === this.scroll) return
    this.scroll = scroll
    this.view?.remove()
    this.view = new View(scroll, this.data.canvas)
    this.upper = scroll.querySelector(".upper-canvas")
    this.paint = this.data.paint && new Paint(scroll)
    this.corners = new Corners(this.upper)
    this.gesture = new Gesture(this.upper)
    // The picture once more, over the canvas's own: that one stays small in a corner until another zoom's has come.
    this.picture = Object.assign(new Image(), { alt: "" })
    this.picture.style.cssText = "position:absolute;inset:0;width:100%;height:100%"
    scroll.querySelector(".canvas-container").before(this.picture)
    this.hint = scroll.parentElement.appendChild(document.createElement("div"))
    this.hint.className = "hint"
    this.style = shadow.appendChild(document.createElement("style"))
    this.ring = scroll.parentElement.appendChild(document.createElement("div"))
    this.ring.hidden = true
    this.ring.style.cssText = "position:absolute;left:0;top:0;pointer-events:none;border-radius:50%;z-index:3;"
      + "border:1px solid #fff;box-shadow:0 0 0 1px #000,inset 0 0 0 1px #0006;box-sizing:border-box"
    scroll.parentElement.style.position = "relative"
    scroll.style.overflowX = "auto"
    const listen = (name, handler) => scroll.addEventListener(name, handler, { capture: true, passive: false })
    listen("pointermove", event => this.move(event))
    listen("pointerdown", event => this.down(event))
    listen("pointerenter", () => { this.over = this.inside = true })
    listen("pointerleave", event => {
      if (event.target !== scroll) return
      this.over = this.inside = false
      this.showBrush()
    })
    // Fabric listens to mouse and touch events, so those of a pan must not reach it.
    for (const name of ["mousedown", "touchstart", "mousemove", "touchmove"]) {
      listen(name, event => { if (this.panning) withhold(event) })
    }
    listen("wheel", event => this.wheel(event))
    listen("touchstart", event => this.touch(event))
    listen("touchmove", event => this.touched(event))
    listen("touchend", () => this.begin())
    // What the canvas was given comes by here afterwards.
    for (const name of ["mousedown", "touchstart", "mousemove", "touchmove"]) {
      scroll.addEventListener(name, event => this.record(event))
    }
    scroll.parentElement.addEventListener("click", event => {
      // With the polygon's tool the canvas tells of new polygons alone, not of one that is deleted.
      if (event.target.closest(".dc-toolbar-contextual")) this.tell()
      this.draw()
    })
    scroll.addEventListener("dblclick", () => this.corners.double())
    this.draw()
  }

  draw() {
    if (!this.style) return
    const brush = this.data.round && !this.space
    // Of the canvas's own buttons those stay that the app has not: moving and reshaping what is drawn.
    this.style.textContent = `
      ${this.paint ? `.canvas-container { filter: url(#easel-paint); opacity: ${SEE_THROUGH}; }` : ""}
      .dc-root:not(:has([aria-pressed="true"])) .upper-canvas { cursor: ${this.space ? "grab" : brush ? "none" : "crosshair"} !important; }
      .dc-root { margin-top: 0.3rem; min-width: 20rem; }
      .hint { position: absolute; left: 0; top: -2rem; height: 1.8rem; width: calc(100% - 11rem); display: flex; align-items: center;
        font: 0.8rem/1.1 var(--st-font); color: color-mix(in srgb, var(--st-text-color) 70%, transparent); }
      .dc-root > .dc-toolbar, .dc-root:hover > .dc-toolbar { opacity: 1; top: -2.1rem; padding: 0; }
      .dc-icon-button { gap: 0.35rem; font: 0.8rem var(--st-font); }
      .dc-icon-button:is([aria-label^="Update"], [aria-label="Undo"], [aria-label="Redo"], [aria-label^="Reset"]), .dc-toolbar-separator { display: none; }
      .dc-icon-button[aria-label="Edit"]::after { content: "Move and reshape"; }`
    this.showBrush()
    this.hint.textContent = this.moving ? MOVING : this.data.hint
    if (this.picture.getAttribute("src") !== this.data.picture) this.picture.src = this.data.picture
    this.paint?.show(this.data.paint)
  }

  get moving() {
    return this.button("Edit")?.ariaPressed === "true"
  }

  step(by) {
    this.report("steps", this.steps += by)
  }

  resize(by) {
    const step = Math.max(1, Math.round(this.size * 0.15))
    const size = Math.min(Math.max(this.size + by * step, 1), this.data.largest)
    if (size === this.size || this.pointers.size) return
    this.report("size", this.size = size)
    this.showBrush()
  }

  lessCorners() {
    const places = this.corners.places
    if (places.length > 1) this.corners.click(places.at(-1))
    else this.dropCorners()
  }

  // The canvas drops them when it is asked to move and reshape.
  dropCorners() {
    this.corners.forget()
    for (let time = 0; time < 2; time += 1) this.button("Edit").click()
  }

  record(event) {
    const begins = event.type === "mousedown" || event.type === "touchstart"
    if (begins && this.data.tool === "polygon" && !this.moving && !event.button) this.corners.down(event.touches?.[0] ?? event)
    if (this.pointers.size) this.gesture.add(event, begins)
  }

  move(event) {
    this.over = this.inside = true
    if (this.panning && this.pointers.has(event.pointerId)) {
      const before = this.pointers.get(event.pointerId)
      const share = this.pointers.size
      this.scroll.scrollLeft -= (event.clientX - before.clientX) / share
      const [top, down] = [this.scroll.scrollTop, (before.clientY - event.clientY) / share]
      this.scroll.scrollTop += down
      if (down && this.scroll.scrollTop === top) this.page()?.scrollBy(0, down)
      this.pointers.set(event.pointerId, event)
      event.stopPropagation()
      return
    }
    if (this.pointers.has(event.pointerId)) this.pointers.set(event.pointerId, event)
    this.pointer = event.pointerType === "touch" ? undefined : event
    this.showBrush()
  }

  // What moves when the picture is seen whole: on a phone it may fill the window.
  page() {
    let one = this.root.getRootNode().host ?? this.root
    while (one && !(one.scrollHeight > one.clientHeight && /auto|scroll/.test(getComputedStyle(one).overflowY))) one = one.parentElement
    return one
  }

  // A turn of the wheel goes to the next zoom, never below the whole picture: from there on it scrolls the page.
  wheel(event) {
    const { zooms, width } = this.data
    const larger = event.deltaY < 0
    const steps = Object.entries(zooms)
      .filter(([, one]) => (larger ? one > 1.15 * width : one < width && one >= zooms.Fit))
      .sort(([, a], [, b]) => (larger ? a - b : b - a))
    if (!steps.length || !event.deltaY || this.pointers.size) return
    withhold(event)
    const now = performance.now()
    if (now - (this.turned ?? -WHEEL_MS) < WHEEL_MS) return
    this.turned = now
    this.view.hold(event)
    this.report("zoom", steps[0][0])
  }

  showBrush() {
    const shown = this.pointer && this.inside && this.data.round && !this.space && !this.moving
    this.ring.hidden = !shown
    if (!shown) return
    const box = this.scroll.parentElement.getBoundingClientRect()
    const size = (this.data.brush * this.size) / this.data.size // by the keys at once, before the canvas has it
    Object.assign(this.ring.style, {
      width: `${size}px`, height: `${size}px`,
      transform: `translate(${this.pointer.clientX - box.left - size / 2}px, ${this.pointer.clientY - box.top - size / 2}px)`,
    })
  }

  down(event) {
    this.pointers.set(event.pointerId, event)
    // A finger that comes to one that paints already does nothing.
    this.panning = this.space || event.button === 1 || (this.pointers.size > 1 && !this.painting)
    if (!this.panning) return
    this.first = undefined
    event.preventDefault()
    event.stopPropagation()
  }

  // The canvas gets a finger's touch when it is clear that no second one comes: a pan would leave a dot otherwise.
  touch(event) {
    if (this.panning || event === this.given || this.painting) return
    this.first = repeated(event, this.upper)
    withhold(event)
  }

  touched(event) {
    if (!this.first) return
    const [before, now] = [this.first.changedTouches[0], event.changedTouches[0]]
    if (Math.hypot(now.clientX - before.clientX, now.clientY - before.clientY) < ALONE) withhold(event)
    else this.begin()
  }

  begin() {
    if (!this.first) return
    this.given = this.first
    this.first = undefined
    this.painting = this.pointers.size > 0 // a tap is over when the canvas gets it
    this.upper.dispatchEvent(this.given)
  }

  up(event) {
    if (!this.pointers.delete(event.pointerId) || this.pointers.size) return
    this.gesture.end()
    // The canvas waits a while before it tells Python. Whoever runs at once would send a mask without the last stroke.
    if (!this.panning && (this.moving || !UNFINISHED.has(this.data.tool))) this.tell()
    else this.gesture.events = []
    this.panning = this.painting = false
  }

  tell() {
    setTimeout(() => {
      this.gesture.told()
      this.button("Update")?.click()
    })
  }

  button(label) {
    return this.scroll?.parentElement?.querySelector(`.dc-toolbar [aria-label^="${label}"]`)
  }

  remove() {
    clearInterval(this.watcher)
    clearTimeout(this.soon)
    this.observer.disconnect()
    this.view?.remove()
    window.removeEventListener("resize", this.onResize)
    document.removeEventListener("keydown", this.onKey, true)
    document.removeEventListener("keyup", this.onKey, true)
    for (const name of ["pointerup", "pointercancel"]) window.removeEventListener(name, this.onUp, true)
  }
}

export default function (component) {
  const root = component.parentElement.querySelector(".easel")
  let easel = easels.get(root)
  if (!easel) easels.set(root, (easel = new Easel(root)))
  easel.update(component)
  return () => { easel.remove(); easels.delete(root) }
}
