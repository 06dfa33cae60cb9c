"""Open, check, change and write images with Pillow."""

from PIL import Image, ImageFile

# Pillow's own limit only warns; every decoder here refuses too many pixels before it decodes any.
Image.MAX_IMAGE_PIXELS = None
ImageFile.LOAD_TRUNCATED_IMAGES = False
