//! The Compositing Co-Processor: textures, views, sprites, kernel and scan programs.
