using System.Collections.Immutable;

namespace Holdfast.Quickstart.Processes;

/// <summary>
/// A file with the processes that the quickstart started itself, one a line (pid, start time, name), written before anything else
/// is done with them: whoever cleans up later, even after a kill of this program, ends exactly these.
/// </summary>
internal sealed class ProcessLedger(string folder)
{
    private readonly string _file = Path.Combine(folder, "processes");

    public void Add(string name, ProcessIdentity process) => File.AppendAllText(_file, $"{process} {name}\n");

    /// <summary>Those of them that still live.</summary>
    public ImmutableArray<(string Name, ProcessIdentity Process)> Living()
    {
        var living = ImmutableArray.CreateBuilder<(string, ProcessIdentity)>();
        foreach (var line in File.Exists(_file) ? File.ReadAllLines(_file) : [])
        {
            if (line.Split(' ', 3) is [var pid, var startTime, var name] &&
                ProcessIdentity.TryParse(pid, startTime, out var process) && process.IsAlive())
            {
                living.Add((name, process));
            }
        }

        return living.ToImmutable();
    }
}
