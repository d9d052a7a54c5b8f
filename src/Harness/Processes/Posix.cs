using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Holdfast.Harness.Processes;

/// <summary>Signals by number, as Linux numbers them.</summary>
public enum Signal
{
    Hangup = 1,
    Interrupt = 2,
    Quit = 3,
    Kill = 9,
    Terminate = 15,
    Continue = 18,
    Stop = 19,
}

/// <summary>The few system calls that .NET does not offer.</summary>
public static partial class Posix
{
    private const int NoSuchProcess = 3;

    /// <summary>Sends a signal. False: there is no such process.</summary>
    /// <exception cref="Win32Exception">The process belongs to somebody else.</exception>
    public static bool Send(int processId, Signal signal)
    {
        if (Kill(processId, (int)signal) == 0)
        {
            return true;
        }

        var error = Marshal.GetLastPInvokeError();
        return error == NoSuchProcess ? false : throw new Win32Exception(error, $"cannot send {signal} to process {processId}");
    }

    /// <summary>When the process started, in clock ticks since boot: with the pid it names a process for good. Null: it is gone.</summary>
    public static long? StartTime(int processId) =>
        Stat(processId) is { } fields ? long.Parse(fields[19], CultureInfo.InvariantCulture) : null;

    /// <summary>The kernel's letter for the state (R, S, D, T, Z…). Null: it is gone.</summary>
    public static char? State(int processId) => Stat(processId)?[0][0];

    private static string[]? Stat(int processId)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{processId}/stat");
            // The name in parentheses may hold anything; what follows the last one is plain.
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int processId, int signal);
}
