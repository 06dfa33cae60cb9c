// Streamlit's text field keeps what was typed to itself while the focus stays inside the field's own frame, where the
// help icon is too. A person who leaves it with Tab would see a value that never reaches the server. So a field that
// loses the focus to something in its frame gets the event of a lost focus, and sends its value.

function commitTextsOnTab() {
  document.addEventListener("focusout", event => {
    const frame = event.isTrusted && event.target.closest?.('[data-testid="stTextInput"]')
    if (frame && event.relatedTarget && frame.contains(event.relatedTarget)) {
      event.target.dispatchEvent(new FocusEvent("focusout", { bubbles: true }))
    }
  })
}
