"""What a keyboard sends, made safe and certain before anything acts on it. Pure.

`input_filter` lets through only what a person can have pressed, `debounce` tells a held key from two presses, and
`layouts` knows which key of the Latin layout a letter of another layout stands on.
"""
