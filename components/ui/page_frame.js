// The page's heading, and what listens to the whole window. The window is listened to once: Streamlit calls the component
// again when its data or the theme change.

let isListening = false

export default function (component) {
  const { parentElement, data, setTriggerValue } = component
  setText(parentElement.querySelector("h1"), data.title)
  if (!isListening) {
    isListening = true
    commitTextsOnTab()
    commitTextsOnPause()
    pressButtonByKey()
  }
  if (data.takesFiles) takeFiles(parentElement.querySelector(".drop"), setTriggerValue)
  rememberDraft(data.draft, component)
}
