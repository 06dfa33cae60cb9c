// The tray: the pictures that go in, in their order. They can be dragged or moved with the arrow keys, removed,
// and pictures can be pasted anywhere on the page.

const trays = new WeakMap()
const PASTE_LIMIT = 50e6

function readAsBase64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1))
    reader.onerror = () => reject(reader.error)
    reader.readAsDataURL(file)
  })
}

class Tray {
  constructor(root) {
    this.root = root
    this.list = root.querySelector("ol")
    this.hint = root.querySelector(".hint")
    this.chooser = Object.assign(document.createElement("input"), { type: "file", accept: "image/*" })
    this.chooser.onchange = () => this.replace()
    this.onPaste = event => this.paste(event)
    document.addEventListener("paste", this.onPaste)
  }

  async paste(event) {
    const files = [...(event.clipboardData?.files || [])].filter(file => file.type.startsWith("image/"))
    if (!files.length) return
    event.preventDefault()
    if (files.some(file => file.size > PASTE_LIMIT)) {
      this.hint.textContent = "That picture is over 50 MB. Save it and add it as a file; it can be made smaller then."
      return
    }
    this.hint.textContent = "Taking in what you pasted"
    const pasted = []
    for (const file of files) pasted.push({ name: file.name || "pasted.png", data: await readAsBase64(file) })
    this.tell("pasted", pasted)
  }

  async replace() {
    const [file] = this.chooser.files
    this.chooser.value = ""
    if (!file) return
    if (file.size > PASTE_LIMIT) {
      this.hint.textContent = "That picture is over 50 MB. Add it with Upload; it can be made smaller then."
      return
    }
    this.hint.textContent = "Taking in the other picture"
    this.tell("replaced", { place: this.place, name: file.name, data: await readAsBase64(file) })
  }

  update({ data, setTriggerValue }) {
    this.tell = setTriggerValue
    const key = JSON.stringify(data)
    if (key === this.key) return
    this.key = key
    this.hint.textContent = data.hint
    const focused = [...this.list.children].indexOf(this.root.getRootNode().activeElement)
    this.root.querySelector(".many").textContent = data.limit ? `${data.pictures.length} of ${data.limit}` : ""
    this.list.replaceChildren(...data.pictures.map((picture, place) => this.item(picture, place, data)))
    // A picture that was moved by a key keeps the focus at its new place.
    this.list.children[Math.min(this.follow ?? focused, data.pictures.length - 1)]?.focus()
    this.follow = undefined
  }

  item(picture, place, data) {
    const item = document.createElement("li")
    item.draggable = data.pictures.length > 1
    item.tabIndex = 0
    const label = `Picture ${place + 1}${place === 0 && data.firstMark ? `, ${data.firstMark}` : ""}: ${picture.name}, ${picture.width}x${picture.height}`
    item.setAttribute("aria-label", label)
    item.title = `${picture.name}, ${picture.width}x${picture.height}` + (data.pictures.length > 1 ? ". Drag, or use the arrow keys, to change the order; Delete removes it." : "")
    const img = document.createElement("img")
    img.src = picture.src
    img.alt = ""
    const badge = document.createElement("span")
    badge.className = "badge"
    badge.textContent = place === 0 && data.firstMark ? `1 ${data.firstMark}` : String(place + 1)
    const remove = document.createElement("button")
    remove.type = "button"
    remove.textContent = "×"
    remove.setAttribute("aria-label", `Remove picture ${place + 1}`)
    remove.onclick = () => this.tell("removed", place)
    const replace = document.createElement("button")
    replace.type = "button"
    replace.className = "replace"
    replace.textContent = "⇄"
    replace.title = "Take another picture in its place"
    replace.setAttribute("aria-label", `Replace picture ${place + 1}`)
    replace.onclick = () => { this.place = place; this.chooser.click() }
    item.append(img, badge, remove, replace)
    item.onkeydown = event => {
      const to = { ArrowLeft: place - 1, ArrowRight: place + 1 }[event.key]
      if (event.target === item && to >= 0 && to < data.pictures.length) {
        this.follow = to
        this.tell("moved", { from: place, to })
      }
      if (event.target === item && ["Delete", "Backspace"].includes(event.key)) this.tell("removed", place)
    }
    item.ondragstart = event => { event.dataTransfer.setData("text/x-tray", String(place)); this.dragged = place }
    item.ondragover = event => { if (this.dragged !== undefined) { event.preventDefault(); item.classList.add("aim") } }
    item.ondragleave = () => item.classList.remove("aim")
    item.ondragend = () => { this.dragged = undefined }
    item.ondrop = event => {
      event.preventDefault()
      item.classList.remove("aim")
      if (this.dragged !== undefined && this.dragged !== place) this.tell("moved", { from: this.dragged, to: place })
    }
    return item
  }

  remove() {
    document.removeEventListener("paste", this.onPaste)
  }
}

export default function (component) {
  const root = component.parentElement.querySelector(".tray")
  let tray = trays.get(root)
  if (!tray) trays.set(root, (tray = new Tray(root)))
  tray.update(component)
  return () => { tray.remove(); trays.delete(root) }
}
