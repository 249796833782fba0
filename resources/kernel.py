"""The kernel as a Dagster resource: each process opens it once, from the environment."""

import os
from functools import lru_cache

import dagster as dg

from aios.kernel import Kernel, open_kernel
from aios.settings import load_settings


@lru_cache(maxsize=1)
def kernel_of_process() -> Kernel:
    """The kernel of this process, opened when it is first needed."""
    return open_kernel(load_settings(os.environ))


class KernelResource(dg.ConfigurableResource[Kernel]):
    """Hands the kernel to whoever asks for `dg.ResourceParam[Kernel]`."""

    def create_resource(self, context: dg.InitResourceContext) -> Kernel:
        """The kernel of this process."""
        return kernel_of_process()
