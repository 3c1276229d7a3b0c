"""Every action of the program: id, texts, keys and function, declared together in one registry. Pure.

The views build menus, key tables and dialogs from it and bind the functions of its commands.
"""
