"""What clerkbench knows of schools: rules, capacity, the configuration of a clerkship, comparison and adoption of
forks. The only room that knows clerkships and preceptors.
"""
