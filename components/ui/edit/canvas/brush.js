// The brush under the pointer: a ring of its true size, that size by keys and by dragging with Alt, and straight lines.

class Brush {
  constructor(tools, root) {
    this.tools = tools
    this.ring = root.appendChild(document.createElement("div"))
    this.ring.hidden = true
    this.ring.style.cssText = "position:absolute;left:0;top:0;pointer-events:none;border-radius:50%;z-index:3;"
      + "border:1px solid #fff;box-shadow:0 0 0 1px #000,inset 0 0 0 1px #0006;box-sizing:border-box"
  }

  get perPixel() {
    return this.tools.data.size / this.tools.data.brush
  }

  limited(size) {
    return Math.min(Math.max(Math.round(size), 1), this.tools.data.largest)
  }

  show() {
    const { adapter, data, inside, pointer, size, sizing, space } = this.tools
    const shown = pointer && inside && data.round && !space && !adapter.isReshaping
    this.ring.hidden = !shown
    if (!shown) return
    const box = adapter.root.getBoundingClientRect()
    const width = size / this.perPixel // by the keys at once, before the canvas has it
    const [{ clientX, clientY }, hard] = [sizing?.start ?? pointer, (width / 2) * (data.hardness / 100)]
    Object.assign(this.ring.style, {
      width: `${width}px`, height: `${width}px`,
      // What fades lies outside a second ring.
      background: data.hardness < 100 ? `radial-gradient(circle, #0000 ${hard}px, #fffa ${hard + 1}px, #0000 ${hard + 2}px)` : "",
      transform: `translate(${clientX - box.left - width / 2}px, ${clientY - box.top - width / 2}px)`,
    })
  }

  resize(by) {
    const { tools } = this
    const size = this.limited(tools.size + by * Math.max(1, Math.round(tools.size * 0.15)))
    if (!tools.data.round || size === tools.size || tools.pointers.size) return
    tools.report("size", tools.size = size)
    this.show()
  }

  // Dragged with Alt to the right the brush grows by what its edge moves.
  setSize({ start, size }, { clientX }) {
    this.tools.size = this.limited(size + 2 * (clientX - start.clientX) * this.perPixel)
    this.show()
  }

  // Shift and a click draw straight from where the last stroke ended: the canvas draws straight as long as Shift is down.
  endStroke(began, { clientX, clientY, shiftKey }) {
    const { adapter, stroke } = this.tools
    const box = adapter.surface.getBoundingClientRect()
    const isClick = Math.hypot(clientX - began.clientX, clientY - began.clientY) < TAP_DISTANCE
    if (shiftKey && isClick && this.last) stroke.add(adapter.moveTo({ x: this.last.x * box.width, y: this.last.y * box.height }))
    this.last = { x: (clientX - box.left) / box.width, y: (clientY - box.top) / box.height }
  }
}
