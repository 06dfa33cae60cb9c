// Beneath the prompt: how many characters it has, live, against what the model takes. The text area itself is
// Streamlit's; this only looks at it.

const counters = new WeakMap()

// Streamlit puts texts into the area without an event, and may put the area up after this.
const LOOK_AGAIN_MS = 400

function count(root) {
  const { label, limit } = counters.get(root)
  const area = areaOf(label)
  const length = area ? [...area.value].length : 0
  const out = root.querySelector(".count")
  const text = limit ? `${length.toLocaleString("en")} / ${limit.toLocaleString("en")}` : length.toLocaleString("en")
  if (out.textContent !== text) out.textContent = text
  out.classList.toggle("over", Boolean(limit) && length > limit)
}

// A page that was just opened is ready to be written on. Once a page, and only while nothing else has been used: the
// focus is never taken from anybody. A touch screen would bring up its keyboard over the page.
const OPENED_MS = 5000
let opened

function focusOnce(page, label) {
  if (opened === page) return
  opened = page
  if (matchMedia("(pointer: coarse)").matches) return
  const begin = performance.now()
  const used = () => { stop = true }
  let stop = false
  const attempt = () => {
    const active = document.activeElement
    const isFree = !active || active === document.body || active.closest("header, nav, [data-testid='stHeader']")
    if (!stop && isFree) areaOf(label)?.focus({ preventScroll: true })
    // Until the page is drawn, its text area may still be that of the page before, which goes away with the focus.
    const isDrawn = document.querySelector("[data-testid='stApp']")?.dataset.testScriptState === "notRunning" && areaOf(label)
    if (!stop && opened === page && !isDrawn && performance.now() - begin < OPENED_MS) return void requestAnimationFrame(attempt)
    removeEventListener("pointerdown", used, true)
    removeEventListener("keydown", used, true)
  }
  addEventListener("pointerdown", used, true)
  addEventListener("keydown", used, true)
  attempt()
}

function areaOf(label) {
  return document.querySelector(`textarea[aria-label="${CSS.escape(label)}"]`)
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
  const history = known?.history || new PromptHistory()
  history.update(data)
  counters.set(root, { ...data, history, stop: known?.stop })
  root.querySelector(".keys").textContent = data.hint
  if (!known?.stop) counters.get(root).stop = watch(root)
  count(root)
  focusOnce(data.page, data.label)
  return () => {
    if (root.isConnected) return // see base/browser/mounting.js
    counters.get(root)?.stop?.()
    counters.get(root)?.history.remove()
    counters.delete(root)
  }
}
