DROP TABLE preceptors;
DROP TABLE clerkships;
