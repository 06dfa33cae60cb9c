// A mask is drawn in colours that only say what they mean: red is painted, green is kept. This shows it in the colour
// that was chosen, see-through, and green not at all, so that the eraser uncovers the picture while it is drawn. Greys,
// which are the canvas's own handles, stay as they are.

const SEE_THROUGH = 0.55

// The rows of an feColorMatrix that makes red the colour, green nothing, and leaves every grey alone.
function matrixOf(colour) {
  const rows = [1, 3, 5].map(place => {
    const share = parseInt(colour.slice(place, place + 2), 16) / 255
    return [share, share, 1 - 2 * share, 0, 0]
  })
  return [...rows, [0, -1, 1, 1, 0]].flat().join(" ")
}

class Paint {
  constructor(scroll) {
    const root = scroll.parentElement
    root.insertAdjacentHTML("beforeend", `<svg width="0" height="0" style="position:absolute" aria-hidden="true">
      <filter id="easel-paint" x="0" y="0" width="1" height="1" color-interpolation-filters="sRGB"><feColorMatrix/></filter></svg>`)
    this.matrix = root.querySelector("feColorMatrix")
    // The mask that the drawing stands on lies beneath it and is shown by the same rule: the eraser uncovers it too.
    this.base = Object.assign(new Image(), { alt: "" })
    this.base.style.cssText = "position:absolute;inset:0;width:100%;height:100%;pointer-events:none"
    scroll.querySelector(".canvas-container").prepend(this.base)
  }

  show({ colour, base }) {
    this.matrix.setAttribute("values", matrixOf(colour))
    this.base.hidden = !base
    if (base && this.base.getAttribute("src") !== base) this.base.src = base
  }
}
