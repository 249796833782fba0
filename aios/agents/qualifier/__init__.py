"""The qualifier: how good is the lead, what do they want, and what do we still have to ask?"""
