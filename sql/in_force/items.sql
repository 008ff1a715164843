-- Where an item of a list comes from that belongs to the clerkship itself.
SELECT 'set here' AS origin;
