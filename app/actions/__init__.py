"""What a person can do: every action's name, title, keys and function, in one registry.

Pure. The views read it to build menus and key tables; an action's function turns a snapshot into events.
"""
