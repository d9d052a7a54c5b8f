using Xunit.Runner.InProc.SystemConsole;

// Tests of two sites need a network of our own. Where none is to be had, they are skipped and say why; the others run all the same.
OwnNetwork.Enter(args);
return await ConsoleRunner.Run(args);
