# tries: trace
# about: hands in links where things are set aside, so that its files land in the folder of its choice
# then: trace

# %% at home
for name in ("set_aside", ".set_aside"):
    for place in (folder, folder.parent):
        (place / name).symlink_to("{course}/source/residual_networks/exercises")
(folder / "attack_planted.toml").symlink_to("nowhere")
(folder / "attack_planted.json").symlink_to("/etc/passwd")
