//! What the client makes of layers.
