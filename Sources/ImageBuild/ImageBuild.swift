// ImageBuild
