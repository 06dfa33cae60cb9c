// Alt+Up and Alt+Down in the prompt's field go through earlier prompts, as in a shell: what was typed stands at the
// lower end, and what is changed on the way stays where it was changed.

class PromptHistory {
  constructor() {
    this.onKey = event => this.key(event)
    window.addEventListener("keydown", this.onKey, true)
    this.earlier = []
    this.reset()
  }

  update({ label, earlier }) {
    this.label = label
    if (JSON.stringify(earlier) === JSON.stringify(this.earlier)) return
    this.earlier = earlier
    this.reset()
  }

  // Place 0 is what was typed, place 1 the newest prompt.
  reset() {
    this.place = 0
    this.texts = new Map()
  }

  key(event) {
    const by = { ArrowUp: 1, ArrowDown: -1 }[event.key]
    if (!by || !event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
    const area = areaOf(this.label)
    if (!area || event.target !== area) return
    event.preventDefault()
    this.texts.set(this.place, area.value)
    let next = this.place + by
    while (this.textAt(next) === area.value) next += by
    const text = this.textAt(next)
    if (text === undefined) return
    this.place = next
    // Streamlit's field takes a value that was put in like one that was typed, and sends it like that one.
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(area, text)
    area.dispatchEvent(new Event("input", { bubbles: true }))
  }

  textAt(place) {
    return this.texts.get(place) ?? this.earlier[place - 1]
  }

  remove() {
    window.removeEventListener("keydown", this.onKey, true)
  }
}
