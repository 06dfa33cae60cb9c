// A mask is drawn in colors that only carry a meaning: red is painted, green is kept. This filter shows red in the chosen
// color, half transparent, and green not at all, so that the eraser uncovers the image while it is drawn. Grays, the
// canvas's own handles, stay as they are.

const OPACITY = 0.55

// The rows of an feColorMatrix that turns red into the color, green into nothing, and keeps every gray.
function matrixOf(color) {
  const rows = [1, 3, 5].map(place => {
    const share = parseInt(color.slice(place, place + 2), 16) / 255
    return [share, share, 1 - 2 * share, 0, 0]
  })
  return [...rows, [0, -1, 1, 1, 0]].flat().join(" ")
}

class Paint {
  constructor({ root, container }) {
    root.insertAdjacentHTML("beforeend", `<svg width="0" height="0" style="position:absolute" aria-hidden="true">
      <filter id="mask-paint" x="0" y="0" width="1" height="1" color-interpolation-filters="sRGB"><feColorMatrix/></filter></svg>`)
    this.matrix = root.querySelector("feColorMatrix")
    // The mask that the drawing stands on lies beneath it and is shown by the same rule: the eraser uncovers it too.
    this.base = Object.assign(new Image(), { alt: "" })
    this.base.style.cssText = "position:absolute;inset:0;width:100%;height:100%;pointer-events:none"
    container.prepend(this.base)
  }

  show({ color, base }) {
    this.matrix.setAttribute("values", matrixOf(color))
    this.base.hidden = !base
    if (base && this.base.getAttribute("src") !== base) this.base.src = base
  }
}
