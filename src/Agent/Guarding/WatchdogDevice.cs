namespace Holdfast.Agent.Guarding;

/// <summary>
/// A hardware or kernel watchdog: once opened it restarts the machine unless it is written to in time. Closing it after a <c>V</c> calls it off;
/// closing it otherwise, as the end of this process does, does not.
/// </summary>
internal sealed class WatchdogDevice : IDisposable
{
    private readonly FileStream _device;

    /// <exception cref="IOException">There is no such device, or another program has it.</exception>
    /// <exception cref="UnauthorizedAccessException">The guard's user may not open it.</exception>
    public WatchdogDevice(string path) => _device = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);

    public void Pet() => _device.Write([0]);

    public void CallOff() => _device.Write("V"u8);

    public void Dispose() => _device.Dispose();
}
