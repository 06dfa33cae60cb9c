// What several components do alike. It is put in front of their own code.

function element(tag, className, text) {
  const made = document.createElement(tag)
  if (className) made.className = className
  if (text !== undefined) made.textContent = text
  return made
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text
}

// Panels and dialogs over the page, whose keys are their own.
const OVERLAYS = '[data-testid="stPopoverBody"], [data-testid="stDialog"], [role="dialog"], dialog[open]'

// Whether an element is the page itself: Streamlit's main part takes the focus of a click beside all controls.
function isPage(node) {
  return !node || node.matches('html, body, [data-testid="stMain"]')
}

// The clipboard's own interface exists only on https and localhost; an internal host often has neither.
async function copyText(text, root) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const area = root.appendChild(document.createElement("textarea"))
    area.value = text
    area.style.position = "fixed"
    area.style.opacity = "0"
    area.select()
    const done = document.execCommand("copy")
    area.remove()
    return done
  }
}

// Makes a button copy a text, which is asked for when it is pressed, and say so for a moment.
function copies(button, text, root) {
  const label = button.textContent
  button.onclick = async () => {
    setText(button, (await copyText(text(), root)) ? "Copied" : "Copying is not allowed here")
    button.classList.add("told")
    setTimeout(() => {
      setText(button, label)
      button.classList.remove("told")
    }, 1600)
  }
}

function readableBytes(bytes) {
  if (!bytes) return ""
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}

// The exact bytes of an output, for saving.
function originalAddress(image) {
  return `${image.src}?download=${encodeURIComponent(image.name)}`
}

// What a download does to signed provenance (C2PA): a recipe in the file changes what was signed.
function saveTitle(image) {
  const what = "The image with its recipe in it; drop it on any page to load its settings."
  if (image.signed) return `${what} The recipe breaks its signature (C2PA): “Original file” keeps it.`
  return image.signed === false ? `${what} It is not signed (C2PA).` : `${what} If it is signed (C2PA), the recipe breaks the signature.`
}
