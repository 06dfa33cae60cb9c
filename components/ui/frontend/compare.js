// Before and after, one over the other: a slider cuts between them, holding the button shows the first alone.

const TALLEST = 78 // percent of the window's height

export default function ({ parentElement, data }) {
  const root = parentElement.querySelector(".compare")
  const key = JSON.stringify(data)
  if (root.dataset.key === key) return
  root.dataset.key = key
  const [before, after] = root.querySelectorAll("img")
  const slider = root.querySelector("input")
  const hold = root.querySelector("button")
  const frame = root.querySelector(".frame")
  before.src = data.before
  after.src = data.after
  before.alt = data.beforeAlt
  after.alt = data.afterAlt
  after.style.objectFit = data.whole ? "contain" : "" // never stretched out of its own shape
  frame.style.aspectRatio = `${data.width} / ${data.height}`
  frame.style.width = `min(100%, ${TALLEST * data.width / data.height}vh)` // a tall picture keeps its shape, too
  const cut = share => frame.style.setProperty("--cut", `${share}%`)
  slider.oninput = () => cut(slider.value)
  cut(slider.value)
  const show = () => cut(100)
  const back = () => cut(slider.value)
  hold.onpointerdown = event => { hold.setPointerCapture(event.pointerId); show() }
  hold.onpointerup = hold.onpointercancel = hold.onblur = back
  hold.onkeydown = event => { if (event.key === " " || event.key === "Enter") { event.preventDefault(); show() } }
  hold.onkeyup = back
  const drag = event => {
    const box = frame.getBoundingClientRect()
    slider.value = String(Math.round(Math.min(100, Math.max(0, ((event.clientX - box.left) / box.width) * 100))))
    slider.oninput()
  }
  frame.onpointerdown = event => { frame.setPointerCapture(event.pointerId); drag(event) }
  frame.onpointermove = event => { if (frame.hasPointerCapture(event.pointerId)) drag(event) }
}
