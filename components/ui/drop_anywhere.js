// Takes a file that is dropped anywhere on the page outside of a file chooser: a picture or a JSON file with a recipe
// fills the form in, a ZIP that was exported here is imported, and what has no recipe goes in where the page takes
// pictures. The file goes to the server by a request of its own.

let page

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

  // Streamlit's own choosers take what is dropped on them as pictures that go in.
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
    else if (files.length && !this.offer(files)) this.say("Drop one file for its recipe. To add pictures, drop them on Image(s).", 8)
  }

  // On a page that takes pictures, what carries no recipe is one to work on.
  offer(files) {
    return !document.dispatchEvent(new CustomEvent("image-workbench-images", { detail: files, cancelable: true }))
  }

  // By XMLHttpRequest, since `fetch` does not tell how much of a large file has left.
  post(address, file, begun) {
    return new Promise((resolve, reject) => {
      const sending = new XMLHttpRequest()
      sending.open("POST", address)
      sending.setRequestHeader("X-Image-Workbench", browserName())
      sending.setRequestHeader("Content-Type", "application/octet-stream")
      sending.responseType = "json"
      sending.upload.onprogress = event => this.say(`Sending ${file.name}, ${Math.floor((100 * event.loaded) / event.total)}%`)
      sending.upload.onload = () => this.say(begun)
      sending.onload = () => (sending.response ? resolve(sending.response) : reject())
      sending.onerror = sending.onabort = reject
      this.say(`Sending ${file.name}`)
      sending.send(file)
    })
  }

  async send(file) {
    const isArchive = /\.zip$/i.test(file.name)
    const begun = isArchive
      ? `Importing ${file.name}. It goes on when this page is closed.`
      : `Looking for a recipe in ${file.name}`
    let answer
    try {
      answer = await this.post(isArchive ? "/imports" : "/recipes", file, begun)
    } catch {
      answer = { error: "The file did not reach the server. Look at the connection and drop it again." }
    }
    if (answer.plain && this.offer([file])) return this.hide()
    if (answer.error) return this.say(answer.error, 12)
    this.hide()
    this.tell("taken", { ...answer, name: file.name, at: Date.now() })
  }
}

// What this browser calls itself, so that it has one import at a time. It names nobody.
function browserName() {
  try {
    const kept = localStorage.getItem("image-workbench-browser")
    const name = kept || [...crypto.getRandomValues(new Uint8Array(12))].map(one => one.toString(16).padStart(2, "0")).join("")
    if (!kept) localStorage.setItem("image-workbench-browser", name)
    return name
  } catch {
    return "unknown"  // a browser that keeps nothing
  }
}

const HINT = "Drop a picture made here, a recipe or an exported ZIP anywhere to use it. Another picture goes to Image(s)."

export default function ({ parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".drop")
  // One for the whole window: Streamlit may put the component up anew on another page.
  if (!page) page = new DropPage(root)
  else if (page.root !== root) { page.root = root; root.append(page.note) }
  page.tell = setTriggerValue
}
