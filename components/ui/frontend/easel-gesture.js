// What the canvas was given since the pointer went down. When the canvas is loaded anew meanwhile, what was being drawn
// goes with what it held before: it is drawn once more, from its first point.

// The same touch once more. It has the left button, which the canvas's shapes ask for.
function repeated(event, target) {
  const touches = [...event.changedTouches].map(({ identifier, clientX, clientY, pageX, pageY, screenX, screenY }) =>
    new Touch({ identifier, target, clientX, clientY, pageX, pageY, screenX, screenY }))
  const lists = { touches, targetTouches: touches, changedTouches: touches }
  const copy = new TouchEvent(event.type, { bubbles: true, cancelable: true, composed: true, ...lists })
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

  end() {
    if (this.due) this.again()
    this.events = []
  }
}
