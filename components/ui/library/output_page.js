// One large image with its actions. A click opens it in the full-window viewer at 100%.

// Marks are stored as state, see results/stage/marks.py; the others are steps that Python takes.
const MARKS = ["star", "rate", "reject", "compare"]
const TOOLS = [...MARKS, "edit", "branch"]
const LOOKS = ["compare"] // of these what changes nothing, which is all that viewers have

class Output {
  constructor(root, { looks }) {
    this.root = root
    const tools = (this.acts = looks ? LOOKS : TOOLS)
    this.marks = {}
    this.pending = new PendingActs(acts => this.keep("acts", acts))
    const acts = tools.map(name => [name, (image, value) => this.act(name, value, image.id)])
    this.viewer = new Viewer(root, { acts: Object.fromEntries(acts), state: (name, image) => this.value(name, image.id) })
    this.open = root.appendChild(element("button", "image"))
    this.open.type = "button"
    this.open.setAttribute("aria-label", "Open this image at full size")
    this.img = this.open.appendChild(document.createElement("img"))
    this.open.onclick = () => this.viewer.open(this.images, this.position)
    this.bar = root.appendChild(element("div", "tools"))
    this.tools = new ImageTools(MARKS.filter(name => tools.includes(name)), { state: name => this.value(name), act: (name, value) => this.act(name, value), which: "this image" })
    this.bar.append(...this.tools.nodes)
    this.save = this.tool("a", "Download", "The image with its recipe; drop it on any page to fill in the form")
    this.original = this.tool("a", "Original file")
    this.link = this.tool("button", "Copy link", "Copy the address of this image and its run for a teammate")
    this.copy = this.tool("button", "Copy prompt", "")
    copies(this.link, () => new URL(this.address, location.href).href, root)
    copies(this.copy, () => this.prompt, root)
    const keys = this.tool("button", "Keys", "Show the keys (?)")
    keys.onclick = () => this.act("keys")
    this.onKey = event => {
      const pressed = imageAct(event)
      if (!pressed || ![...tools, "view", "open-comparison", "keys"].includes(pressed.act) || event.repeat) return
      event.preventDefault()
      event.stopImmediatePropagation()
      this.act(pressed.act, pressed.value)
    }
    window.addEventListener("keydown", this.onKey, true)
  }

  tool(tag, label, title) {
    const made = this.bar.appendChild(element(tag, "tool", label))
    if (tag === "button") made.type = "button"
    if (title) made.title = title
    return made
  }

  value(name, id = this.id) {
    return this.pending.value(name, id, name === "compare" ? this.compared?.includes(id) : this.marks[id]?.[name])
  }

  act(name, value, id = this.id) {
    if (name === "keys") return showKeys(this.root, [...this.acts, "view", "open-comparison", "keys"])
    if (name === "view") return this.open.click()
    if (!MARKS.includes(name)) return this.tell("go", { name, output: id })
    this.pending.add(name, id, nextMark(name, this.value(name, id), value))
    this.tools.refresh()
  }

  update({ data, setTriggerValue, setStateValue }) {
    this.tell = setTriggerValue
    this.keep = setStateValue
    this.marks = data.marks
    this.compared = data.compared
    this.pending.confirm(data.handled)
    this.images = data.images
    this.position = data.position
    this.prompt = data.prompt
    this.address = data.address
    const image = data.images[data.position]
    // Another image starts at the top of the page, wherever the last one was scrolled to.
    if (this.id !== image.id) document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0)
    this.id = image.id
    // The library scrolls back to the last image shown, see gallery.js.
    sessionStorage.setItem("image-workbench.opened.library", image.id)
    if (this.img.getAttribute("src") !== image.src) this.img.src = image.src
    this.img.alt = data.prompt || image.name
    this.img.width = image.width
    this.img.height = image.height
    this.open.style.aspectRatio = `${image.width} / ${image.height}`
    this.open.classList.toggle("clear", image.alpha)
    this.save.href = image.save
    this.save.title = saveTitle(image)
    this.save.setAttribute("download", image.name)
    this.original.href = originalAddress(image)
    this.original.title = `The exact bytes that the server sent${image.signed ? ", with their signature" : ""}`
    this.original.setAttribute("download", image.name)
    this.tools.refresh()
    this.copy.hidden = !data.prompt
  }

  remove() {
    window.removeEventListener("keydown", this.onKey, true)
    this.pending.remove()
    this.viewer.remove()
  }
}

export default mounting(".output", Output)
