// Keys that act on an image, and controls of the same names: one table for the stage, the full window and the library.

const IMAGE_KEYS = [
  { keys: ["ArrowLeft"], act: "previous", shown: "←", label: "Previous image" },
  { keys: ["ArrowRight"], act: "next", shown: "→", label: "Next image" },
  { keys: ["s"], act: "star", shown: "S", label: "Star", on: "Starred" },
  { keys: ["1", "2", "3", "4", "5"], act: "rate", shown: "1 to 5", label: "Rate; the same number again removes the rating" },
  { keys: ["x"], act: "reject", shown: "X", label: "Reject", on: "Rejected", icon: "block" },
  { keys: ["p"], act: "pin", shown: "P", label: "Pin", on: "Pinned", icon: "push_pin", help: "Keep this image beside every new result" },
  { keys: ["h"], act: "former", shown: "H (hold)", label: "Former image" },
  { keys: ["c"], act: "compare", shown: "C", label: "Compare", on: "In comparison", icon: "compare", help: "Add this image to the comparison" },
  { keys: ["C"], act: "open-comparison", shown: "Shift+C", label: "Open the comparison" },
  { keys: ["e"], act: "edit", shown: "E", label: "Edit", icon: "edit", help: "Edit this image, with an empty mask" },
  { keys: ["b"], act: "branch", shown: "B", label: "Branch", icon: "account_tree", help: "Fill the form with this image's request; the next run is its child" },
  { keys: ["v"], act: "view", shown: "V", label: "View in the full window" },
  { keys: [" "], act: "select", shown: "Space", label: "Select" },
  { keys: ["Delete"], act: "delete", shown: "Delete", label: "Move to the trash" },
  { keys: ["+", "="], act: "larger", shown: "+", label: "Zoom in" },
  { keys: ["-"], act: "smaller", shown: "−", label: "Zoom out" },
  { keys: ["0"], act: "fit", shown: "0", label: "Fit" },
  { keys: ["z"], act: "actual", shown: "Z", label: "100%: one image pixel on one screen pixel" },
  { keys: ["Escape"], act: "leave", shown: "Esc", label: "Leave the prompt, so that keys act on images" },
  { keys: ["?"], act: "keys", shown: "?", label: "Show the keys" },
]
const KEY_OF = Object.fromEntries(IMAGE_KEYS.map(one => [one.act, one]))
const PRESSED = new Map(IMAGE_KEYS.flatMap(one => one.keys.map(key => [key, one.act])))

// What keeps its keys to itself: fields to write in, canvases, and controls that arrow keys or letters work on.
const TAKES_KEYS = [
  "textarea", "select", "canvas", "iframe", "dialog", "[contenteditable=true]", "[role=textbox]", "[role=combobox]", "[role=listbox]",
  "[role=option]", "[role=toolbar]", "[role=slider]", "[role=spinbutton]", "[role=menu]", "[role=dialog]", "[role=tab]", "[role=radio]",
  "input:not([type=checkbox], [type=button], [type=submit])", "li[draggable=true]",
].join(", ")

// Whether a key may act on an image where the focus is. `host` may be inside what takes keys.
function isForImages(event, host) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return false
  for (const one of event.composedPath()) {
    if (one === host) break
    if (one.matches?.(TAKES_KEYS)) return false
    if (one.matches?.("button, a, input") && (event.key === " " || event.key === "Enter")) return false
  }
  return true
}

// Listen to keys anywhere on the page, except where `hasFocus(event)`: an arrow `enters` the images, and ? shows the
// keys. Return what ends that.
function onPageKeys(hasFocus, { enter, keys }) {
  const pressed = event => {
    if (hasFocus(event) || !isForImages(event) || document.querySelector(OVERLAYS)) return
    const act = event.key.startsWith("Arrow") && !event.shiftKey ? enter : PRESSED.get(event.key) === "keys" ? keys : undefined
    if (!act) return
    event.preventDefault()
    act()
  }
  window.addEventListener("keydown", pressed)
  return () => window.removeEventListener("keydown", pressed)
}

// Returns { act, value } for a key; undefined where it acts on something else.
function imageAct(event, host) {
  if (!isForImages(event, host)) return undefined
  if (event.key.startsWith("Arrow") && event.composedPath().some(one => one.matches?.(".panes.zoomed"))) return undefined
  const key = event.key.length > 1 || event.shiftKey ? event.key : event.key.toLowerCase()
  const act = PRESSED.get(key)
  return act && { act, value: act === "rate" ? Number(key) : undefined }
}

// What pressing a mark makes of its value.
function nextMark(act, value, pressed) {
  return act === "rate" ? (value === pressed ? 0 : pressed) : !value
}

// The marks that are stored with an image, for everybody.
const STORED = ["star", "rate", "reject"]

// The controls of one image. `state(act)` returns a mark's value, `act(name, value)` does what its key does. Where
// `locked()` says why, the stored marks are shown and not changed.
class ImageTools {
  constructor(names, { state, act, which, locked = () => "" }) {
    this.state = state
    this.locked = locked
    this.nodes = names.map(name => (name === "rate" ? this.rating(act, which) : this.button(name, act, which)))
    this.refresh()
  }

  button(name, act, which) {
    const { label, on, help, shown, icon } = KEY_OF[name]
    const button = element("button", `tool tool-${name}`)
    button.type = "button"
    button.title = `${help || label} (${shown})`
    if (icon) button.dataset.icon = icon
    button.setAttribute("aria-label", `${label} ${which}`)
    button.onclick = () => act(name)
    button.draw = () => {
      const isOn = Boolean(on && this.state(name))
      setText(button, name === "star" ? (isOn ? "★" : "☆") : isOn ? on : label)
      if (on) button.setAttribute("aria-pressed", String(isOn))
      this.lock(button, name, `${help || label} (${shown})`)
    }
    return button
  }

  rating(act, which) {
    const group = element("span", "rating")
    group.setAttribute("role", "group")
    group.setAttribute("aria-label", `Rate ${which}`)
    group.append(element("span", "", "Rate"))
    const buttons = [1, 2, 3, 4, 5].map(value => {
      const button = group.appendChild(element("button", "tool rate", String(value)))
      button.type = "button"
      button.title = `Rate ${value} of 5 (${value})`
      button.setAttribute("aria-label", `Rate ${which} ${value} of 5`)
      button.onclick = () => act("rate", value)
      return button
    })
    group.draw = () => buttons.forEach((button, place) => {
      button.setAttribute("aria-pressed", String(this.state("rate") === place + 1))
      button.classList.toggle("filled", this.state("rate") > place)
      this.lock(button, "rate", `Rate ${place + 1} of 5 (${place + 1})`)
    })
    return group
  }

  lock(button, name, title) {
    const why = STORED.includes(name) && this.locked()
    button.disabled = Boolean(why)
    button.title = why || title
  }

  refresh() {
    for (const node of this.nodes) node.draw()
  }
}

// The list of keys, over the page. `acts` are those that the host knows, in any order.
function showKeys(host, acts) {
  const dialog = host.appendChild(element("dialog", "key-list"))
  dialog.setAttribute("aria-label", "Keys")
  dialog.tabIndex = -1 // a click on its text keeps the focus here: no key reaches what lies behind
  dialog.append(element("strong", "", "Keys"))
  const list = dialog.appendChild(element("dl", ""))
  for (const one of IMAGE_KEYS.filter(key => acts.includes(key.act))) {
    list.appendChild(element("dt", "")).append(element("kbd", "", one.shown))
    list.append(element("dd", "", one.help ? `${one.label}: ${one.help.charAt(0).toLowerCase()}${one.help.slice(1)}` : one.label))
  }
  dialog.append(element("p", "", "Keys do nothing while you write in a field or draw on the canvas."))
  const close = dialog.appendChild(element("button", "", "Close"))
  close.type = "button"
  close.onclick = () => dialog.close()
  dialog.onclick = event => event.target === dialog && dialog.close()
  dialog.onclose = () => dialog.remove()
  dialog.showModal()
}
