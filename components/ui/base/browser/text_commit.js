// Streamlit's text field keeps what was typed to itself until it loses the focus. Two things here let it send its value
// earlier, by an event of a lost focus; the focus itself, the caret and the text stay where they are.

// Milliseconds after the last key.
const PAUSE_MS = 400

// The fields that decide how many runs, images and dollars it will be, by the classes that Streamlit makes of their keys.
const COUNTED = ["generate", "edit", "analyze"]
  .flatMap(operation => ["prompt", "text", "n", "sheet-skip_rules"].map(name => `.st-key-${operation}-${name}`))
  .map(field => `${field} :is(textarea, input)`)
  .join(", ")

function commitText(field) {
  field.dispatchEvent(new FocusEvent("focusout", { bubbles: true }))
}

// While the focus stays inside the field's own frame, where the help icon is too, Streamlit does not see it leave: a
// person who leaves with Tab would see a value that never reaches the server.
function commitTextsOnTab() {
  document.addEventListener("focusout", event => {
    const frame = event.isTrusted && event.target.closest?.('[data-testid="stTextInput"]')
    if (frame && event.relatedTarget && frame.contains(event.relatedTarget)) commitText(event.target)
  })
}

// Count and price follow what is typed, at the end of each pause.
function commitTextsOnPause() {
  let timer
  const commit = event => {
    clearTimeout(timer)
    if (event.isComposing || !event.target.matches?.(COUNTED)) return
    timer = setTimeout(() => event.target === document.activeElement && commitText(event.target), PAUSE_MS)
  }
  document.addEventListener("input", commit)
  document.addEventListener("compositionend", commit) // of letters that take several keys; it comes after the last input
}
