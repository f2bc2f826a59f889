//! The Parsing Unit with its Input Preprocessor, and the grammar language.
