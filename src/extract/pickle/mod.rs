//! The pickle interpreter: runs the stack, never the code.
