// Beneath the prompt: how many characters it has, live, against what the model takes. The text area itself is
// Streamlit's; this only looks at it.

const counters = new WeakMap()

// Streamlit puts texts into the area without an event, and may put the area up after this.
const LOOK_AGAIN_MS = 400

function count(root) {
  const { label, limit } = counters.get(root)
  const area = document.querySelector(`textarea[aria-label="${CSS.escape(label)}"]`)
  const length = area ? [...area.value].length : 0
  const out = root.querySelector(".count")
  const text = limit ? `${length.toLocaleString("en")} / ${limit.toLocaleString("en")}` : length.toLocaleString("en")
  if (out.textContent !== text) out.textContent = text
  out.classList.toggle("over", Boolean(limit) && length > limit)
}

function watch(root) {
  const listen = event => event.target.tagName === "TEXTAREA" && count(root)
  document.addEventListener("input", listen)
  const timer = setInterval(() => count(root), LOOK_AGAIN_MS)
  return () => {
    document.removeEventListener("input", listen)
    clearInterval(timer)
  }
}

export default function ({ parentElement, data }) {
  const root = parentElement.querySelector(".prompt-footer")
  const known = counters.get(root)
  counters.set(root, { ...data, stop: known?.stop })
  root.querySelector(".keys").textContent = data.hint
  if (!known?.stop) counters.get(root).stop = watch(root)
  count(root)
  return () => {
    counters.get(root)?.stop?.()
    counters.delete(root)
  }
}
