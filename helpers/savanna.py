"""A text for a language model that learns in a second: lesson 11 trains one on it."""

STORY = """
the zebra eats grass in the morning . the zebra drinks at the river . the zebra sleeps under the tree .
the cow eats hay in the barn . the cow drinks at the river . the cow sleeps in the barn .
the cat eats fish in the kitchen . the cat drinks milk in the kitchen . the cat sleeps on the sofa .
the dog eats meat in the kitchen . the dog drinks water at the door . the dog sleeps at the door .
the dog sees the cat . the cat sees the dog . the cat runs up the tree . the dog runs after the cat .
the dog barks at the tree . the cat looks down at the dog . the dog sleeps under the tree .
the zebra sees the lion . the lion sees the zebra . the zebra runs to the river . the lion runs after the zebra .
the zebra looks at the lion . the lion drinks at the river . the lion sleeps under the tree in the morning .
the cow looks at the zebra . the zebra looks at the cow . the zebra eats leaves under the tree .
the cow eats grass at the river . the zebra eats grass at the river . the cow gives milk in the morning .
the cat drinks the milk . the cow looks at the cat . the cat runs to the barn . the cow sleeps in the barn .
the dog runs to the barn . the cat looks down at the dog . the dog barks at the cat . the cow sees the dog .
the zebra eats hay in the barn . the cow eats leaves under the tree . the zebra sleeps in the barn .
the lion eats meat at night . the zebra runs in the night . the dog barks in the night . the cat runs at night .
the zebra sees the dog . the dog looks at the zebra . the zebra eats bark . the dog barks . the zebra runs .
"""
