// Streamlit's text field keeps what was typed to itself while the focus stays inside the field's own frame, where the
// help icon is too. A person who leaves it with Tab would see a value that the server never hears of. So a field that
// loses the focus to something in its frame is told that it lost the focus for good, and hands its value in.

function commitTextsOnTab() {
  document.addEventListener("focusout", event => {
    const frame = event.isTrusted && event.target.closest?.('[data-testid="stTextInput"]')
    if (frame && event.relatedTarget && frame.contains(event.relatedTarget)) {
      event.target.dispatchEvent(new FocusEvent("focusout", { bubbles: true }))
    }
  })
}
