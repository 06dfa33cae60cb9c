// What a person typed in the fields of a draft. Streamlit's fields keep a text to themselves until they are left, and
// the server writes drafts every few seconds, so the tab alone knows what was typed last.

// Milliseconds after which the server has heard of a text that was handed in, unless a script still runs.
const HEARD_MS = 3000

class TypedTexts {
  constructor() {
    this.keys = new Map()
    this.typed = new Map()
    document.addEventListener("input", event => this.note(event)) // after Streamlit, which may refuse what is too long
    document.addEventListener("focusout", event => this.handIn(event), true)
  }

  // `keys` are those of the fields whose texts the server takes back, which Streamlit puts into a class.
  setKeys(keys) {
    this.keys = new Map(keys.map(key => [`st-key-${key.replace(/[^a-zA-Z0-9_-]/g, "-")}`, key]))
  }

  note({ target }) {
    const key = this.keyOf(target)
    if (key) this.typed.set(key, { text: target.value, handedIn: undefined })
  }

  handIn({ target }) {
    const known = this.typed.get(this.keyOf(target))
    if (known) known.handedIn = performance.now()
  }

  keyOf(field) {
    if (!field.matches?.("textarea, input[type=text]")) return undefined
    const name = [...(field.closest("[class*='st-key-']")?.classList ?? [])].find(one => this.keys.has(one))
    return this.keys.get(name)
  }

  // Returns the texts that were typed and are still shown, by key; what replaced one of them is newer.
  shown() {
    const fields = [...this.keys].map(([name, key]) => [key, document.querySelector(`.${name} :is(textarea, input[type=text])`)])
    return Object.fromEntries(
      fields.filter(([key, field]) => field && this.typed.get(key)?.text === field.value).map(([key, field]) => [key, field.value])
    )
  }

  // Returns those of them that the server may not have heard of.
  unheard(isIdle) {
    const isNew = ({ handedIn }) => handedIn === undefined || !isIdle || performance.now() - handedIn < HEARD_MS
    return Object.fromEntries(Object.entries(this.shown()).filter(([key]) => isNew(this.typed.get(key))))
  }

  // What was handed in while no server answered is heard of from now on.
  restart() {
    for (const one of this.typed.values()) if (one.handedIn !== undefined) one.handedIn = performance.now()
  }
}
