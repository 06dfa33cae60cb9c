// The drawing tools beside the canvas. They add what the canvas lacks: they measure the column for Python, show the brush
// at its true size, pan a zoomed image (space bar, middle button, two fingers), send every stroke at once, and replay a
// stroke that a load of the canvas would discard. What they need of the canvas itself is in adapter.js.

// Tools whose shapes are complete only some clicks after the pointer went up.
const SEVERAL_CLICKS = new Set(["polygon", "text"])

// Pixels after which a finger paints; until then a second finger may come, and both pan.
const TAP_DISTANCE = 6

// Height of what stands above the canvas, in pixels: the navigation and the tools.
const ABOVE = 270

// One turn of a wheel, or one stroke over a touchpad, is many events.
const WHEEL_MS = 350

const RESHAPE_HINT = "Click a shape to move, turn or stretch it."

class DrawingTools {
  constructor(root) {
    this.root = root
    this.pointers = new Map()
    this.acts = new PendingActs(acts => this.report("acts", acts), 0) // undo, redo and gestures
    this.observer = new ResizeObserver(() => this.measure())
    this.observer.observe(root)
    this.onResize = () => this.measure()
    window.addEventListener("resize", this.onResize)
    // The canvas is drawn after this component and again with every new image.
    this.watcher = setInterval(() => this.attach(), 200)
    this.onKey = event => {
      handleKey(this, event)
      // Space is the image's while the pointer moves over it, and a button's again after another key.
      if (event.code !== "Space") this.over = false
      const typing = this.over ? /^(INPUT|TEXTAREA|SELECT)$/ : /^(INPUT|TEXTAREA|SELECT|BUTTON)$/
      if (event.code !== "Space" || typing.test(event.composedPath()[0].tagName)) return
      this.space = event.type === "keydown"
      if (this.over) {
        event.preventDefault()
        event.stopPropagation()
      }
      this.draw()
    }
    document.addEventListener("keydown", this.onKey, true)
    document.addEventListener("keyup", this.onKey, true)
    // A stroke may end outside the canvas.
    this.onUp = event => this.up(event)
    for (const name of ["pointerup", "pointercancel"]) window.addEventListener(name, this.onUp, true)
    // Keys and clicks overtake timers in a busy browser. What is pressed must find the drawing as it is shown.
    window.addEventListener("click", this.onClick = event => this.sendPending(event), true)
  }

  update({ data, setStateValue }) {
    const before = this.data
    this.data = data
    this.report = setStateValue
    this.acts.confirm(data.handled)
    if (data.size !== before?.size) this.size = data.size
    if (data.loads !== before?.loads || data.tool !== before?.tool) this.corners?.forget()
    if (data.loads !== before?.loads) this.stroke?.scheduleReplay()
    this.attach()
    this.draw()
  }

  // A canvas that was made anew shows its last load, without what was drawn since. Until the next load nothing is drawn
  // on it: its report would drop what it lacks.
  get isIncomplete() {
    return this.incomplete === this.data.loads
  }

  complete() {
    if (this.adapter && !this.adapter.isOnPage && this.removed !== this.adapter) {
      this.removed = this.adapter
      this.incomplete = this.data.loads
    }
    if (this.isIncomplete && !this.acts.has("load")) this.acts.push({ name: "load" })
  }

  measure() {
    const width = Math.floor(this.root.getBoundingClientRect().width)
    const height = window.innerHeight - ABOVE
    clearTimeout(this.soon)
    this.soon = setTimeout(() => {
      // A phone's browser hides and shows its bar during a scroll. The canvas keeps its size then.
      const isSame = this.sent && width === this.sent[0] && Math.abs(height - this.sent[1]) < 80
      if (width < 50 || isSame) return
      this.sent = [width, height]
      this.report("room", this.sent)
    }, 150)
  }

  attach() {
    this.complete()
    const adapter = CanvasAdapter.find(this.data.canvas, this.adapter)
    if (!adapter || adapter === this.adapter) return
    this.adapter = adapter
    const { root, scroll } = adapter
    this.view?.remove()
    this.view = new View(adapter, this.data.canvas)
    this.paint = this.data.paint && new Paint(adapter)
    this.corners = new Corners(adapter)
    this.stroke = new StrokeReplay(adapter)
    // The image once more, over the canvas's own: that one stays small in a corner until the next zoom's has loaded.
    this.background = Object.assign(new Image(), { alt: "" })
    this.background.style.cssText = "position:absolute;inset:0;width:100%;height:100%"
    adapter.container.before(this.background)
    this.picker = new Picker(adapter)
    this.hint = root.appendChild(document.createElement("div"))
    this.hint.className = "hint"
    this.brush = new Brush(this, root)
    const listen = (name, handler) => scroll.addEventListener(name, handler, { capture: true, passive: false })
    listen("pointermove", event => this.move(event))
    listen("pointerdown", event => this.down(event))
    listen("pointerenter", () => { this.over = this.inside = true })
    listen("pointerleave", event => {
      if (event.target !== scroll) return
      this.over = this.inside = false
      this.brush.show()
    })
    // Only strokes reach the canvas.
    for (const name of POINTER_EVENTS) {
      listen(name, event => { if (this.isWithheld) withhold(event) })
    }
    listen("wheel", event => this.wheel(event))
    listen("touchstart", event => this.touch(event))
    listen("touchmove", event => this.touched(event))
    listen("touchend", () => this.releaseTouch())
    // Events bubble up to here after the canvas received them.
    for (const name of POINTER_EVENTS) {
      scroll.addEventListener(name, event => this.record(event))
    }
    root.addEventListener("click", event => {
      // With the polygon tool the canvas reports new polygons alone, not a deleted one.
      if (adapter.isShapeTool(event.target)) this.send()
      this.draw()
    })
    scroll.addEventListener("dblclick", () => this.corners.double())
    this.draw()
  }

  // Whether the pointer pans, sets the brush's size, or points at the image with a tool that does not draw, or the canvas
  // is not to be drawn on yet.
  get isWithheld() {
    return this.isIncomplete || this.panning || Boolean(this.sizing) || this.picker.isActive
  }

  draw() {
    if (!this.adapter) return
    const isRound = this.data.round && !this.space
    this.adapter.setStyle({
      cursor: this.isIncomplete ? "progress" : this.space ? "grab" : isRound ? "none" : "crosshair",
      filter: this.paint && `filter: url(#mask-paint); opacity: ${OPACITY};`,
    })
    this.brush.show()
    this.hint.textContent = this.adapter.isReshaping ? RESHAPE_HINT : this.data.hint
    if (this.background.getAttribute("src") !== this.data.background) this.background.src = this.data.background
    this.paint?.show(this.data.paint)
    this.picker.show(this.data)
  }

  removeCorner() {
    if (this.corners.places.length > 1) this.corners.removeLast()
    else this.dropCorners()
  }

  dropCorners() {
    this.corners.forget()
    this.adapter.dropOpenShape()
  }

  record(event) {
    const begins = event.type === "mousedown" || event.type === "touchstart"
    if (begins && this.data.tool === "polygon" && !this.adapter.isReshaping && !event.button) this.corners.down(event.touches?.[0] ?? event)
    if (this.pointers.size) this.stroke.add(event, begins)
  }

  move(event) {
    this.over = this.inside = true
    const isDown = this.pointers.has(event.pointerId)
    // The space bar pans in the middle of a lasso's line, too.
    if (isDown && (this.panning || (this.picker.isBusy && this.space))) return this.pan(event)
    if (isDown) this.pointers.set(event.pointerId, event)
    if (this.sizing) return this.brush.setSize(this.sizing, event)
    if (isDown && this.picker.isBusy) this.painting = this.picker.move(event)
    this.pointer = event.pointerType === "touch" ? undefined : event
    this.brush.show()
  }

  pan(event) {
    this.view.pan(this.pointers.get(event.pointerId), event, this.pointers.size)
    this.pointers.set(event.pointerId, event)
    event.stopPropagation()
  }

  // A turn of the wheel goes to the next zoom, never below the whole image: from there on it scrolls the page.
  wheel(event) {
    const { zooms, width } = this.data
    const larger = event.deltaY < 0
    const steps = Object.entries(zooms)
      .filter(([, one]) => (larger ? one > 1.15 * width : one < width && one >= zooms.Fit))
      .sort(([, a], [, b]) => (larger ? a - b : b - a))
    if (!steps.length || !event.deltaY || this.pointers.size) return
    withhold(event)
    const now = performance.now()
    if (now - (this.turned ?? -WHEEL_MS) < WHEEL_MS) return
    this.turned = now
    this.view.hold(event)
    this.report("zoom", steps[0][0])
  }

  down(event) {
    this.pointers.set(event.pointerId, event)
    this.began = event
    // A second finger does nothing while the first one paints.
    this.panning = this.space || event.button === 1 || (this.pointers.size > 1 && !this.painting)
    const sizes = !this.panning && event.altKey && this.data.round && !this.adapter.isReshaping
    this.sizing = sizes && { start: event, size: this.size }
    const picks = this.picker.isActive && !event.button && this.pointers.size === 1
    if (!this.panning && !this.sizing) return picks && this.picker.down(event)
    this.first = undefined
    this.picker.cancel()
    event.preventDefault()
    event.stopPropagation()
  }

  // Withhold a finger's touch until no second one can come; a pan would leave a dot otherwise.
  touch(event) {
    if (this.isWithheld || event === this.given || this.painting) return
    this.first = this.adapter.copyOfTouch(event)
    withhold(event)
  }

  touched(event) {
    if (!this.first) return
    const [before, now] = [this.first.changedTouches[0], event.changedTouches[0]]
    if (Math.hypot(now.clientX - before.clientX, now.clientY - before.clientY) < TAP_DISTANCE) withhold(event)
    else this.releaseTouch()
  }

  releaseTouch() {
    if (!this.first) return
    this.given = this.first
    this.first = undefined
    this.painting = this.pointers.size > 0 // a tap is over when the canvas receives it
    this.adapter.surface.dispatchEvent(this.given)
  }

  up(event) {
    if (!this.pointers.delete(event.pointerId) || this.pointers.size) return
    if (this.isWithheld) this.end(event)
    else {
      if (this.data.round) this.brush.endStroke(this.began, event)
      this.stroke.end()
      // Send at once: a run right after a stroke would otherwise go without that stroke.
      if (this.adapter.isReshaping || !SEVERAL_CLICKS.has(this.data.tool)) this.send()
      else this.stroke.events = []
    }
    this.panning = this.painting = this.sizing = false
  }

  // The end of what drew nothing on the canvas.
  end(event) {
    this.stroke.events = []
    if (this.sizing && this.size !== this.sizing.size) this.report("size", this.size)
    if (!this.picker.isBusy) return
    const picked = event.type === "pointercancel" ? this.picker.cancel() : this.picker.up()
    if (picked) this.acts.push({ name: "gesture", tool: this.data.tool, ...picked })
  }

  // The canvas receives the pointer's last event after this component.
  send() {
    this.pending ??= setTimeout(() => this.sendNow())
  }

  sendNow() {
    this.pending = clearTimeout(this.pending)
    this.stroke.finish()
    this.adapter.sendDrawing()
  }

  // A text that is still being written is sent too: the canvas reports it only some time after its end.
  sendPending(event) {
    const isElsewhere = this.adapter?.root.isConnected && !event.composedPath().includes(this.adapter.root)
    if (isElsewhere && (this.pending || this.data.tool === "text")) this.sendNow()
  }

  remove() {
    clearInterval(this.watcher)
    clearTimeout(this.soon)
    this.observer.disconnect()
    this.view?.remove()
    window.removeEventListener("resize", this.onResize)
    document.removeEventListener("keydown", this.onKey, true)
    document.removeEventListener("keyup", this.onKey, true)
    for (const name of ["pointerup", "pointercancel"]) window.removeEventListener(name, this.onUp, true)
    window.removeEventListener("click", this.onClick, true)
  }
}

export default mounting(".drawing-tools", DrawingTools)
