// The image in the borders it would get: what is checked is new.

export default function ({ parentElement, data }) {
  const frame = parentElement.querySelector(".new")
  frame.style.aspectRatio = data.ratio
  frame.style.width = data.width
  const img = frame.firstElementChild
  if (img.getAttribute("src") !== data.src) img.src = data.src
  Object.assign(img.style, data.place)
}
