// Ctrl+Enter (Cmd+Enter on a Mac) presses the button that runs, whatever has the focus. Streamlit's own shortcut does
// not hear of it from a toggle, which keeps its keys to itself. A field hands in what stands in it when it loses the
// focus, so it does for a moment: what is shown is what is sent.
// A press with the pointer counts although the button moves under it: the field that loses the focus may get a message
// that pushes the button away before it is released.

const RUN_BUTTON = '.st-key-workspace-run [class*="-submit"] button'
const STILL = 10 // px; a pointer that moves further takes its press back

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
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return
    const button = document.querySelector(RUN_BUTTON)
    if (!button || button.disabled || event.isComposing) return
    event.preventDefault()
    event.stopImmediatePropagation()
    if (event.repeat) return
    let field = document.activeElement
    while (field?.shadowRoot?.activeElement) field = field.shadowRoot.activeElement
    field?.blur?.()
    button.click()
    if (field?.isConnected && field !== document.body) field.focus({ preventScroll: true })
  }
  const listeners = { keydown: press, pointerdown: hold, pointermove: move }
  for (const [name, act] of Object.entries(listeners)) window.addEventListener(name, act, true)
}
