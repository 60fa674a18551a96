CREATE TABLE records (
    component TEXT NOT NULL,
    is_platform INTEGER NOT NULL,
    authorizer TEXT NOT NULL,
    version INTEGER NOT NULL,
    lasting TEXT NOT NULL,
    access TEXT,
    access_expires_at INTEGER,
    PRIMARY KEY (component, is_platform, authorizer)
) STRICT;
INSERT INTO records VALUES ('wx_platform', 1, '', 42, '{"generation":7}', NULL, NULL);
INSERT INTO records VALUES ('wx_platform', 0, 'wx_shop', -5, '{"generation":3}', '{"token":"t"}', 1767225600000);
PRAGMA application_id = 1952670324;
PRAGMA user_version = 1;
