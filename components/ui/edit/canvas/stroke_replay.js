// The events that the canvas received since the pointer went down. A load of the canvas meanwhile discards the stroke
// being drawn, so its events are replayed from the first one.

class StrokeReplay {
  constructor(adapter) {
    this.adapter = adapter
    this.events = []
  }

  add(event, begins) {
    this.events = begins ? [event] : [...this.events, event]
  }

  // The canvas has its load already, and shows it before the next task.
  scheduleReplay() {
    if (this.events.length) this.due ??= setTimeout(() => this.replay())
  }

  replay() {
    clearTimeout(this.due)
    this.due = undefined
    for (const event of this.events) this.adapter.replay(event)
  }

  // The pointer goes up: the canvas receives that itself, after what is replayed.
  end() {
    if (this.due) this.replay()
  }

  // The drawing is about to be sent. A load since the pointer went up discarded the whole stroke.
  finish() {
    if (this.due) {
      this.replay()
      this.adapter.replay(this.events.at(-1), true)
    }
    this.events = []
  }
}
