using System.Globalization;

namespace Holdfast.Engines.Hosting;

/// <summary>A process, and no later one with the same number.</summary>
/// <param name="StartTicks">Tells this process from a later one with the same number.</param>
internal sealed record HostProcess(int Pid, long StartTicks)
{
    /// <summary>Identifies this run of the program.</summary>
    public string RunId => string.Create(CultureInfo.InvariantCulture, $"{Pid}:{StartTicks}:{ProcFs.BootId}");

    public bool IsAlive => ProcFs.StartTicks(Pid) == StartTicks;
}
