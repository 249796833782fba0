"""The model gateway: every call to a language model, priced, limited, journalled and paid once."""
