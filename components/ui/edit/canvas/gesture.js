// What the canvas was given since the pointer went down. When the canvas is loaded anew meanwhile, what was being drawn
// goes with what it held before: it is drawn once more, from its first point.

// The same touch once more. It has the left button, which the canvas's shapes ask for.
function repeated(event, target, type = event.type) {
  const touches = [...event.changedTouches].map(({ identifier, clientX, clientY, pageX, pageY, screenX, screenY }) =>
    new Touch({ identifier, target, clientX, clientY, pageX, pageY, screenX, screenY }))
  const lists = { touches, targetTouches: touches, changedTouches: touches }
  const copy = new TouchEvent(type, { bubbles: true, cancelable: true, composed: true, ...lists })
  return Object.defineProperty(copy, "button", { value: 0 })
}

class Gesture {
  constructor(canvas) {
    this.canvas = canvas
    this.events = []
  }

  add(event, begins) {
    this.events = begins ? [event] : [...this.events, event]
  }

  // The canvas has its load already, and shows it before the next task.
  repeat() {
    if (this.events.length) this.due ??= setTimeout(() => this.again())
  }

  again() {
    clearTimeout(this.due)
    this.due = undefined
    for (const event of this.events) {
      this.canvas.dispatchEvent(event.touches ? repeated(event, this.canvas) : new MouseEvent(event.type, event))
    }
  }

  // The pointer goes up: the canvas gets that itself, after what it has to draw once more.
  end() {
    if (this.due) this.again()
  }

  // What was drawn is about to be told. A load that came since the pointer went up took it with it.
  told() {
    if (this.due) {
      this.again()
      const last = this.events.at(-1)
      const finger = last.touches
      const up = finger ? repeated(last, this.canvas, "touchend") : new MouseEvent("mouseup", last)
      this.canvas.dispatchEvent(up)
    }
    this.events = []
  }
}
