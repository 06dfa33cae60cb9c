// Lets the browser remember a value, for a year; an empty one is forgotten.

export default function ({ data }) {
  const age = data.value ? 31536000 : 0
  document.cookie = `${data.cookie}=${data.value}; path=/; max-age=${age}; samesite=lax`
}
