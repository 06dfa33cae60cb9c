// Beneath the prompt: how many characters it has, live, against what the model takes. The text area itself is
// Streamlit's; this only listens to it.

const counters = new WeakMap()

function count(root) {
  const { label, limit } = counters.get(root)
  const area = [...document.querySelectorAll("textarea")].find(area => area.getAttribute("aria-label") === label)
  const length = area ? [...area.value].length : 0
  const out = root.querySelector(".count")
  const text = limit ? `${length.toLocaleString("en")} / ${limit.toLocaleString("en")}` : length.toLocaleString("en")
  if (out.textContent !== text) out.textContent = text
  out.classList.toggle("over", Boolean(limit) && length > limit)
}

export default function ({ parentElement, data }) {
  const root = parentElement.querySelector(".prompt-footer")
  const known = counters.has(root)
  counters.set(root, { ...data, stop: counters.get(root)?.stop })
  root.querySelector(".keys").textContent = data.hint
  if (!known) {
    const listen = event => event.target.tagName === "TEXTAREA" && count(root)
    document.addEventListener("input", listen)
    counters.get(root).stop = () => document.removeEventListener("input", listen)
  }
  count(root)
  // Streamlit may put a new text into the area just after this component was drawn.
  requestAnimationFrame(() => requestAnimationFrame(() => count(root)))
  return () => counters.get(root)?.stop?.()
}
