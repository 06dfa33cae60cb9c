// Before and after on a result itself: dragging over it, or its slider, lays the image before over a part of it, and
// a button over all of it while it is held. At first the whole result is seen.

const DRAG = 4 // pixels; less is a click, which opens the result

class BeforeAfter {
  // `button` is the one that shows the result, `which` its name; `before` has `src`, `width` and `height`.
  constructor(button, which, before, image) {
    this.frame = element("span", "frame")
    const layer = this.frame.appendChild(element("span", "before"))
    layer.style.backgroundImage = `url("${before.src}")`
    // Of another shape it is shown whole, never stretched out of its own.
    layer.style.backgroundSize = before.same ? "100% 100%" : "contain"
    this.frame.style.aspectRatio = `${image.width} / ${image.height}`
    button.append(this.frame)
    this.row = element("div", "compare")
    this.slider = document.createElement("input")
    Object.assign(this.slider, { type: "range", min: 0, max: 100, value: 0 })
    this.slider.setAttribute("aria-label", `Before and after of ${which}`)
    this.slider.oninput = () => this.cut(this.slider.value)
    const hold = element("button", "plain", "Hold to see before")
    hold.type = "button"
    this.row.append(element("span", "", "After"), this.slider, element("span", "", "Before"), hold)
    const show = () => this.cut(100)
    const back = () => this.cut(this.slider.value)
    hold.onpointerdown = event => { hold.setPointerCapture(event.pointerId); show() }
    hold.onpointerup = hold.onpointercancel = hold.onblur = back
    hold.onkeydown = event => { if (event.key === " " || event.key === "Enter") { event.preventDefault(); show() } }
    hold.onkeyup = back
    this.followDrag(button)
    this.cut(0)
  }

  cut(share) {
    this.frame.style.setProperty("--cut", `${share}%`)
    this.frame.classList.toggle("split", Number(share) > 0 && Number(share) < 100)
  }

  followDrag(button) {
    let start
    button.classList.add("comparable")
    button.onpointerdown = event => { start = event.clientX; this.dragged = false }
    button.onpointermove = event => {
      if (start === undefined || !event.buttons) return void (start = undefined)
      if (!this.dragged && Math.abs(event.clientX - start) < DRAG) return
      this.dragged = true
      button.setPointerCapture(event.pointerId)
      const box = this.frame.getBoundingClientRect()
      this.slider.value = String(Math.round(Math.min(100, Math.max(0, ((event.clientX - box.left) / box.width) * 100))))
      this.cut(this.slider.value)
    }
    button.onpointerup = button.onpointercancel = () => { start = undefined }
  }
}
