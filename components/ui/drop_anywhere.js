// Accepts files dropped anywhere outside a file chooser. A recipe, in an image or a JSON file, fills in the form; an
// exported ZIP is imported; an image without a recipe becomes an input image on pages that take them. The file is
// uploaded by a separate request.

let dropPage

class DropPage {
  constructor(root) {
    this.root = root
    this.note = root.appendChild(element("div", "dropnote"))
    this.note.setAttribute("role", "status")
    this.note.hidden = true
    this.depth = 0
    const on = (name, act) => document.addEventListener(name, act)
    on("dragenter", event => { if (this.isFile(event)) { this.depth++; this.say(HINT) } })
    on("dragleave", event => { if (this.isFile(event) && --this.depth <= 0) this.hide() })
    on("dragover", event => { if (this.isFile(event) && !this.isChooser(event)) event.preventDefault() })
    on("drop", event => this.dropped(event))
    on("image-workbench-file", event => this.send(event.detail))
  }

  isFile(event) {
    return [...(event.dataTransfer?.types || [])].includes("Files")
  }

  // Streamlit's file choosers handle drops themselves.
  isChooser(event) {
    return event.composedPath().some(node => node.dataset?.testid === "stFileUploaderDropzone")
  }

  say(text, seconds) {
    clearTimeout(this.later)
    setText(this.note, text)
    this.note.hidden = false
    if (seconds) this.later = setTimeout(() => this.hide(), seconds * 1000)
  }

  hide() {
    this.depth = 0
    this.note.hidden = true
  }

  dropped(event) {
    if (!this.isFile(event)) return
    this.hide()
    if (this.isChooser(event)) return
    event.preventDefault()
    const files = [...event.dataTransfer.files]
    if (files.length === 1) this.send(files[0])
    else if (files.length && !this.addInputs(files)) this.say("Drop one file to load its recipe. To add images, drop them on Image(s).", 8)
  }

  // Offer files to the page as input images. Return whether it took them.
  addInputs(files) {
    return !document.dispatchEvent(new CustomEvent("image-workbench-images", { detail: files, cancelable: true }))
  }

  // XMLHttpRequest, because `fetch` reports no upload progress.
  post(address, file, processing) {
    return new Promise((resolve, reject) => {
      const sending = new XMLHttpRequest()
      sending.open("POST", address)
      sending.setRequestHeader("X-Image-Workbench", browserName())
      sending.setRequestHeader("Content-Type", "application/octet-stream")
      sending.responseType = "json"
      sending.upload.onprogress = event => this.say(`Sending ${file.name}, ${Math.floor((100 * event.loaded) / event.total)}%`)
      sending.upload.onload = () => this.say(processing)
      sending.onload = () => (sending.response ? resolve(sending.response) : reject())
      sending.onerror = sending.onabort = reject
      this.say(`Sending ${file.name}`)
      sending.send(file)
    })
  }

  async send(file) {
    const isArchive = /\.zip$/i.test(file.name)
    const processing = isArchive
      ? `Importing ${file.name}. You can close this page.`
      : `Looking for a recipe in ${file.name}`
    let answer
    try {
      answer = await this.post(isArchive ? "./imports" : "./recipes", file, processing)
    } catch {
      answer = { error: "The file did not reach the server. Check your network connection and drop it again." }
    }
    if (answer.plain && this.addInputs([file])) return this.hide()
    if (answer.error) return this.say(answer.error, 12)
    this.hide()
    this.tell("dropped", { ...answer, name: file.name, at: Date.now() })
  }
}

// A random name of this browser, so that it runs one import at a time. It identifies nobody.
function browserName() {
  try {
    const kept = localStorage.getItem("image-workbench-browser")
    const name = kept || [...crypto.getRandomValues(new Uint8Array(12))].map(one => one.toString(16).padStart(2, "0")).join("")
    if (!kept) localStorage.setItem("image-workbench-browser", name)
    return name
  } catch {
    return "unknown"  // storage is blocked
  }
}

const HINT = "Drop an image with a recipe, a recipe file or an exported ZIP. Other images become input images."

function takeFiles(root, tell) {
  // One per window: Streamlit may mount the component again on another page.
  if (!dropPage) dropPage = new DropPage(root)
  else if (dropPage.root !== root) { dropPage.root = root; root.append(dropPage.note) }
  dropPage.tell = tell
}
