"""The router: what kind of message is it?"""
