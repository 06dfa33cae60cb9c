// The input images: the images that go in, in their order. They can be dragged or moved with the arrow keys, removed and
// replaced. Images can be pasted and dropped anywhere on the page.

const REPLACE_LIMIT = 50e6

// What is pasted is text where somebody writes and the clipboard has text, as from a table that brings an image of
// itself along. The text that comes with a file alone is its name.
function isText(event) {
  const [target] = event.composedPath()
  const writes = target?.isContentEditable || ["INPUT", "TEXTAREA"].includes(target?.tagName)
  return writes && ["text/plain", "text/html"].every(type => event.clipboardData.types.includes(type))
}

function readAsBase64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1))
    reader.onerror = () => reject(reader.error)
    reader.readAsDataURL(file)
  })
}

class ImageInputs {
  constructor(root) {
    this.root = root
    this.list = root.querySelector("ol")
    this.hint = root.querySelector(".hint")
    this.pending = new PendingActs(acts => this.keep("acts", acts)) // { act, image, place, … }
    this.chooser = Object.assign(document.createElement("input"), { type: "file", accept: "image/*" })
    this.chooser.onchange = () => this.replace()
    this.onPaste = event => {
      const files = [...(event.clipboardData?.files || [])]
      if (files.length && !isText(event) && this.add(files)) event.preventDefault()
    }
    // Streamlit refuses what is too large in the chooser, which starts anew with the next file that is taken in.
    this.onGiven = event => {
      if (this.chooserOf(event)) this.refuse([...(event.dataTransfer?.files || event.target.files || [])])
    }
    document.addEventListener("change", this.onGiven, true)
    document.addEventListener("drop", this.onGiven, true)
    this.onDropped = event => { if (this.add(event.detail)) event.preventDefault() }
    document.addEventListener("paste", this.onPaste)
    document.addEventListener("image-workbench-images", this.onDropped)
  }

  get form() {
    return this.root.getRootNode().host.closest('[data-testid="stVerticalBlock"]')
  }

  chooserOf(event) {
    return event.composedPath().find(node => node.dataset?.testid?.startsWith("stFileUploader") && this.form?.contains(node))
  }

  refuse(files) {
    const large = files.filter(file => file.size > this.most * 2 ** 20)
    this.root.querySelector(".refused").textContent = large
      .map(file => `${file.name} has ${Math.round(file.size / 1e6)} MB; at most ${this.most} MB are taken. Make it smaller first.`).join(" ")
  }

  // Through Streamlit's own chooser beside it, whose requests carry files of any size and show how far they are.
  add(files) {
    const chooser = this.form?.querySelector('input[type="file"]')
    if (!chooser) return false
    const carried = new DataTransfer()
    for (const file of files) carried.items.add(file)
    chooser.files = carried.files
    chooser.dispatchEvent(new Event("change", { bubbles: true }))
    this.hint.textContent = files.length > 1 ? `Uploading ${files.length} images` : "Uploading the image"
    return true
  }

  async replace() {
    const [file] = this.chooser.files
    this.chooser.value = ""
    if (!file) return
    if (file.size > REPLACE_LIMIT) {
      this.hint.textContent = "That image is over 50 MB. Add it with Upload; it can be made smaller then."
      return
    }
    this.hint.textContent = "Uploading the image"
    this.tell("replaced", { ...this.aim, name: file.name, data: await readAsBase64(file) })
  }

  // Each names its image: by the time it is handled another may be at that place.
  act(what) {
    this.pending.push(what)
  }

  update({ data: { handled, ...data }, setTriggerValue, setStateValue }) {
    this.tell = setTriggerValue
    this.keep = setStateValue
    this.pending.confirm(handled)
    this.most = data.most
    this.hint.textContent = data.hint
    const key = JSON.stringify(data)
    if (key === this.key) return
    this.key = key
    const focused = [...this.list.children].indexOf(this.root.getRootNode().activeElement)
    const many = this.root.querySelector(".many")
    many.textContent = data.limit ? `${data.images.length} of ${data.limit}` : ""
    many.classList.toggle("over", Boolean(data.limit) && data.images.length > data.limit)
    this.list.replaceChildren(...data.images.map((image, place) => this.item(image, place, data)))
    // An image that was moved by a key keeps the focus at its new place.
    this.list.children[Math.min(this.follow ?? focused, data.images.length - 1)]?.focus()
    this.follow = undefined
  }

  item(image, place, data) {
    const aim = { image: image.id, place }
    const item = document.createElement("li")
    item.draggable = data.images.length > 1
    item.tabIndex = 0
    const label = `Image ${place + 1}${place === 0 && data.firstMark ? `, ${data.firstMark}` : ""}: ${image.name}, ${image.width}x${image.height}`
    item.setAttribute("aria-label", label)
    item.title = `${image.name}, ${image.width}x${image.height}` + (data.images.length > 1 ? ". Drag, or use the arrow keys, to change the order; Delete removes it." : "")
    const img = document.createElement("img")
    img.src = image.src
    img.alt = ""
    const badge = document.createElement("span")
    badge.className = "badge"
    badge.textContent = String(place + 1)
    const mark = document.createElement("span")
    mark.className = "badge mark"
    mark.textContent = data.firstMark
    mark.hidden = place > 0 || !data.firstMark
    const remove = document.createElement("button")
    remove.type = "button"
    remove.textContent = "×"
    remove.setAttribute("aria-label", `Remove image ${place + 1}`)
    remove.onclick = () => this.act({ act: "remove", ...aim })
    const replace = document.createElement("button")
    replace.type = "button"
    replace.className = "replace"
    replace.textContent = "⇄"
    replace.title = "Replace this image"
    replace.setAttribute("aria-label", `Replace image ${place + 1}`)
    replace.onclick = () => { this.aim = aim; this.chooser.click() }
    item.append(img, badge, mark, remove, replace)
    item.onkeydown = event => {
      const to = { ArrowLeft: place - 1, ArrowRight: place + 1 }[event.key]
      if (event.target === item && to >= 0 && to < data.images.length) {
        this.follow = to
        this.act({ act: "move", ...aim, to })
      }
      if (event.target === item && ["Delete", "Backspace"].includes(event.key)) this.act({ act: "remove", ...aim })
    }
    item.ondragstart = event => { event.dataTransfer.setData("text/x-image-input", String(place)); this.dragged = aim }
    item.ondragover = event => { if (this.dragged !== undefined) { event.preventDefault(); item.classList.add("aim") } }
    item.ondragleave = () => item.classList.remove("aim")
    item.ondragend = () => { this.dragged = undefined }
    item.ondrop = event => {
      event.preventDefault()
      item.classList.remove("aim")
      if (this.dragged !== undefined && this.dragged.place !== place) this.act({ act: "move", ...this.dragged, to: place })
    }
    return item
  }

  remove() {
    this.pending.remove()
    document.removeEventListener("change", this.onGiven, true)
    document.removeEventListener("drop", this.onGiven, true)
    document.removeEventListener("paste", this.onPaste)
    document.removeEventListener("image-workbench-images", this.onDropped)
  }
}

export default mounting(".image-inputs", ImageInputs)
