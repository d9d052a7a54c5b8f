using System.Runtime.CompilerServices;
using Holdfast.Agent.Guarding;

namespace Holdfast.Agent.Tests.Guarding;

/// <summary>
/// Lets this test program serve as the program of the guard, as <c>holdfast</c> does: started with the verb <c>guard</c> it is the guard and
/// nothing else. So the tests run real guard processes through the real double start.
/// </summary>
internal static class GuardHost
{
    [ModuleInitializer]
    internal static void BecomeGuardWhenAsked()
    {
        if (Environment.GetCommandLineArgs() is [_, "guard", .. var options])
        {
            Environment.Exit(GuardProcess.Run(options));
        }
    }
}
