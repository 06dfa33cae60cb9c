// Ctrl+Enter (Cmd+Enter on a Mac) presses the button that runs, where the focus is in the prompt or the question, in a
// field of the form that is no text area, in the drawing over an image, or nowhere. In every other text area, popover
// and dialog it only hands in what was typed, as the hint there says: a run costs money. Streamlit's own shortcut would
// run from there too, and does not hear of the key from a toggle, so it gets neither. A field hands in what stands in it
// when it loses the focus, so it does for a moment: what is shown is what is sent.
// A press with the pointer counts although the button moves under it: the field that loses the focus may get a message
// that pushes the button away before it is released.

const RUN_BUTTON = '.st-key-workspace-run [class*="-submit"] button'
// The form with the tools of mask, markup and borders, which are drawn beside it.
const FORM = [".st-key-workspace-form", ...["drawing", "mask", "markup", "extend"].map(name => `[class*="st-key-${name}-"]`)].join(", ")
const QUESTIONS = ["generate-prompt", "edit-prompt", "analyze-text"].map(key => `.st-key-${key}`).join(", ")
const CANVAS_TEXT = "textarea[data-fabric]"
// A text area whose panel has a button of its own for the key, and that button.
const OWN_BUTTONS = [['[class*="-paste-text"]', '[class*="-paste-use"] button']]
const STILL = 10 // px; a pointer that moves further takes its press back

function deepestFocus() {
  let field = document.activeElement
  while (field?.shadowRoot?.activeElement) field = field.shadowRoot.activeElement
  return field
}

function isRunKey(event) {
  return event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey
}

// Returns the button that the key presses where the focus is; nothing where it runs nothing.
function buttonOfKey() {
  const field = document.activeElement || document.body
  const own = OWN_BUTTONS.find(([text]) => field.closest(text))
  if (own) return document.querySelector(own[1])
  const isNowhere = isPage(field) && !document.querySelector(OVERLAYS)
  const focus = deepestFocus()
  const isText = focus?.matches("textarea")
  const isOfForm = field.closest(FORM) && !field.closest(OVERLAYS) && (!isText || field.closest(QUESTIONS))
  return isNowhere || isOfForm || focus?.matches(CANVAS_TEXT) ? document.querySelector(RUN_BUTTON) : null
}

function pressButtonByKey() {
  let held = null
  const hold = event => {
    const button = event.target.closest?.(RUN_BUTTON)
    if (!button || event.button !== 0) return
    held = { button, id: event.pointerId, x: event.clientX, y: event.clientY }
    button.setPointerCapture(event.pointerId)
  }
  const move = event => {
    if (!held || event.pointerId !== held.id || Math.hypot(event.clientX - held.x, event.clientY - held.y) < STILL) return
    if (held.button.hasPointerCapture(held.id)) held.button.releasePointerCapture(held.id)
    held = null
  }
  const press = event => {
    const button = isRunKey(event) && buttonOfKey()
    if (!button || button.disabled || event.isComposing) return
    event.preventDefault()
    event.stopImmediatePropagation()
    if (event.repeat) return
    const field = deepestFocus()
    field?.blur?.()
    button.click()
    if (field?.isConnected && field !== document.body) field.focus({ preventScroll: true })
  }
  const listeners = { keydown: press, pointerdown: hold, pointermove: move }
  for (const [name, act] of Object.entries(listeners)) window.addEventListener(name, act, true)
  // What is left for the field itself has passed it by here, and Streamlit's shortcut listens to the document.
  document.documentElement.addEventListener("keydown", event => isRunKey(event) && event.stopPropagation())
}
