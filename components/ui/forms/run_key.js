// Ctrl+Enter (Cmd+Enter on a Mac) presses the button that runs, whatever has the focus. Streamlit's own shortcut does
// not hear of it from a toggle, which keeps its keys to itself. A field hands in what stands in it when it loses the
// focus, so it does for a moment: what is shown is what is sent.

export default function ({ data }) {
  const press = event => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return
    const button = document.querySelector(`.st-key-${data.button} button`)
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
  window.addEventListener("keydown", press, true)
  return () => window.removeEventListener("keydown", press, true)
}
